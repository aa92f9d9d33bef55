import KappaArguments
import KappaCore
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
            Writes the records of a topic, up to its end as it is now, into DIR: for each partition files of JSON lines (as \
            'kappa consume --json' prints them), compressed with zstd, and index.json with counts, offsets, times and \
            SHA-256 sums. 'zstdcat DIR/0/*.zst' and 'sha256sum -c SHA256SUMS' read it without kappa.

            Started again on the same folder it adds what has come since; a run that was killed leaves nothing half done. It \
            refuses a topic that is not the one it began with, and one that has lost records which it never saw.

            Records of aborted transactions are left out. Offsets may have gaps (markers of transactions, compaction); the \
            archive keeps each record's offset, a restored topic counts anew.
            """,
        parameters: [topic, folder, chunk, allowGap] + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa archive monitoring /backup/monitoring", "Keep the raw log, or what has come since."),
            Example("kappa archive verify /backup/monitoring", "Read every file and check it."),
            Example("kappa archive restore /backup/monitoring --into monitoring", "Restore it."),
        ],
        subcommands: [restore, verify],
        run: { context in
            _ = context.stop
            let session = try ArchiveSession(context)
            try session.run()
            try session.show()
            try context.stop.throwIfRequested()
        })

    private static let restore = Command(
        "restore", abstract: "Write an archive's records into a topic",
        discussion: """
            Each record comes back once with its key, value, headers and time, in the order of its partition. What is done \
            is committed with the records, so that a restore which was interrupted goes on when it is started again. The \
            topic must be new or empty. It keeps records for ever until retention.ms is set on it.
            """,
        parameters: [folder, into, create] + BrokerOptions.all + OutputOptions.all,
        examples: [Example("kappa archive restore /backup/monitoring --into trial", "Into another topic.")],
        run: { context in
            _ = context.stop
            let restore = try ArchiveRestore(context)
            try Perseverance.run(context) { try restore.attempt() }
            try restore.show()
            try context.stop.throwIfRequested()
        })

    private static let verify = Command(
        "verify", abstract: "Read every file of an archive and check it",
        discussion: "Checks sizes, SHA-256 sums, every record and the order of offsets. Status 1 if anything is wrong.",
        parameters: [folder] + OutputOptions.all,
        examples: [Example("kappa archive verify /backup/monitoring --json", "The same for a script.")],
        run: { context in try ArchiveVerification(context).run() })
}
