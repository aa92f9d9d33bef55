import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

// The backup of a log: plain files that other tools can read too (zstd, JSON lines, sha256sum), and the way back.

/// `kappa archive TOPIC DIR`, `kappa archive restore DIR`, `kappa archive verify DIR`.
enum ArchiveCommand {
    static let topic = Argument<String>("TOPIC", type: .topic, help: "The topic to archive.")
    static let folder = Argument<String>("DIR", type: .directory, help: "The folder of the archive.")
    static let chunk = Option<ByteCount>(
        "chunk", type: .bytes, default: "32MiB", help: "The size of one file before compression.")
    static let allowGap = Flag(
        "allow-gap", help: "Continue even if records were deleted before they were archived.")
    static let into = Option<String?>(
        "into", type: .topic, settable: false, help: "The topic to restore to (default: the one that was archived).")
    static let create = Flag("create", default: true, help: "Create the topic if it is missing.")

    static let command = Command(
        "archive", section: .log, abstract: "Archive a topic in plain files, and restore it",
        discussion: """
            Writes the records of a topic, up to its current end, into DIR: for each partition files of JSON lines (as \
            'kappa consume --json' prints them), compressed with zstd, and index.json with counts, offsets, times and \
            SHA-256 sums. 'zstdcat DIR/0/*.zst' and 'sha256sum -c SHA256SUMS' read it without kappa.

            Started again on the same folder it adds what has come since; a run that was killed leaves nothing half \
            done. It refuses a topic other than the one it began with, and one that lost records before they were \
            archived.

            Records of aborted transactions are left out. Offsets may have gaps (markers of transactions, \
            compaction); the archive keeps each record's offset, a restored topic has new ones.
            """,
        parameters: [topic, folder, chunk, allowGap] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa archive monitoring /backup/monitoring", "Keep the raw log, or what has come since."),
            Example("kappa archive verify /backup/monitoring", "Read every file and check it."),
            Example("kappa archive restore /backup/monitoring --into monitoring", "Restore it."),
        ],
        subcommands: [restore, verify],
        run: { context in
            let stop = context.stop
            var settings = ArchiveSettings(topic: context[topic], folder: ArchiveFolder(path: context[folder]))
            settings.chunkSize = context[chunk]
            settings.allowsGap = context[allowGap]
            let session = try ArchiveSession(
                settings, kafka: try context.kafka(), voice: context.voice, stop: stop)
            try session.run()
            try show(session, context)
            try stop.throwIfRequested()
        })

    private static let restore = Command(
        "restore", abstract: "Write an archive's records into a topic",
        discussion: """
            Each record comes back once with its key, value, headers and time, in the order of its partition. What \
            is done is committed with the records, so that a restore which was interrupted goes on when it is \
            started again. The topic must be new or empty. It keeps records for ever until retention.ms is set on \
            it.
            """,
        parameters: [folder, into, create] + BrokerOptions.all + OutputOptions.all,
        examples: [Example("kappa archive restore /backup/monitoring --into trial", "Into another topic.")],
        without: [chunk, allowGap],
        run: { context in
            let stop = context.stop
            let restore = try ArchiveRestore(
                ArchiveFolder(path: context[folder]), into: context[into], creates: context[create],
                kafka: try context.kafka(), voice: context.voice, stop: stop)
            try restore.run()
            try show(restore, context)
            try stop.throwIfRequested()
        })

    private static let verify = Command(
        "verify", abstract: "Read every file of an archive and check it",
        discussion: "Checks sizes, SHA-256 sums, every record and the order of offsets. Status 1 if anything is wrong.",
        parameters: [folder] + OutputOptions.all,
        examples: [Example("kappa archive verify /backup/monitoring --json", "The same for a script.")],
        without: [chunk, allowGap] + BrokerOptions.all,
        run: { context in
            let findings = try ArchiveVerification(ArchiveFolder(path: context[folder]), voice: context.voice).run()
            try show(findings.summaries, context)
            guard findings.faults == 0 else {
                throw CommandFailure("\(findings.faults) of \(findings.files) files are damaged")
            }
        })

    private static func show(_ session: ArchiveSession, _ context: CommandContext) throws {
        let added = session.added
        try context.output.record(
            "archive",
            [
                (Column("topic"), .text(context[topic])), (Column("folder"), .text(context[folder])),
                (Column("added_records"), .integer(added.records)), (Column("added_files"), .integer(added.chunks)),
                (Column("bytes"), .bytes(ByteCount(bytes: Int(added.bytes)))),
                (Column("stored_bytes"), .bytes(ByteCount(bytes: Int(added.storedBytes)))),
                (Column("all_records"), .integer(session.index.records)),
            ])
    }

    private static func show(_ restore: ArchiveRestore, _ context: CommandContext) throws {
        try context.output.record(
            "restore",
            [
                (Column("topic"), .text(restore.target)), (Column("folder"), .text(context[folder])),
                (Column("written"), .integer(restore.written)), (Column("archived"), .integer(restore.index.records)),
            ])
    }

    private static func show(_ summaries: [ArchiveVerification.Summary], _ context: CommandContext) throws {
        let columns = [
            Column("partition", align: .right), Column("files", align: .right), Column("records", align: .right),
            Column("first_offset", align: .right), Column("next_offset", align: .right),
            Column("offsets_between_files", align: .right), Column("bytes", align: .right),
            Column("stored_bytes", align: .right),
        ]
        try context.output.rows("partitions", columns) { rows in
            for (partition, summary) in summaries.enumerated() {
                try rows.add([
                    .integer(partition), .integer(summary.files), .integer(summary.records),
                    summary.first.map { .integer($0) } ?? .absent, summary.next.map { .integer($0) } ?? .absent,
                    .integer(summary.missing), .bytes(ByteCount(bytes: Int(summary.bytes))),
                    .bytes(ByteCount(bytes: Int(summary.storedBytes))),
                ])
            }
        }
    }
}
