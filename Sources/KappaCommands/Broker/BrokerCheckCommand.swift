import KappaArguments
import KappaBroker
import KappaCore
import KappaLog
import KappaTerminal

/// `kappa broker check`: reads everything in a data folder and says what is wrong with it.
enum BrokerCheckCommand {
    static let command = Command(
        "check", section: .log, abstract: "Verify every batch, index and offset of a data folder",
        discussion: """
            Reads all logs of a folder that no broker serves, verifies every checksum and offset, compares the \
            indexes, and reads the broker's own records of groups and transactions and its small files of topics, \
            settings, users and rules. Nothing is changed. Damage is \
            named with its file, byte and offset, and makes the command fail; what the next start repairs by itself is \
            only mentioned.
            """,
        parameters: [EmbeddedBrokerOptions.data] + OutputOptions.all,
        examples: [Example("kappa broker check --data /backup/broker", "Is the copy sound?")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let folder = BrokerFolder(try EmbeddedBrokerOptions.folder(context))
        if let holder = folder.holder {
            throw BrokerError(
                "\(folder.path) is served by process \(holder.process)", hint: "Stop it first: kappa broker stop")
        }
        let missing = try folder.missingPartitions()
        for name in missing { context.messages.error("\(folder.path)/\(name) is missing, and with it its records") }
        let small = folder.checkSmallFiles()
        for words in small { context.messages.error(words) }
        for path in folder.changedByHand() { context.messages.note("\(path) was changed by hand") }
        var problems = missing.count + small.count
        var greatestProducerId: Int64 = -1
        try context.output.rows("check", columns) { rows in
            for name in try folder.partitions() {
                let found = try folder.check(name)
                problems += found.damages
                greatestProducerId = max(greatestProducerId, found.greatestProducerId)
                tell(found, context)
                try rows.add([
                    .text(name), .integer(found.segments), .integer(found.batches), .integer(found.records),
                    .bytes(ByteCount(bytes: found.bytes)), .integer(found.startOffset), .integer(found.endOffset),
                    .integer(found.damages),
                ])
            }
        }
        if small.isEmpty, let words = folder.checkProducerIds(greatest: greatestProducerId) {
            context.messages.note("\(words); the next start goes beyond it")
        }
        guard problems == 0 else {
            throw BrokerError("\(folder.path) is damaged in \(problems) \(problems == 1 ? "place" : "places")")
        }
    }

    private static let columns = [
        Column("partition"), Column("segments", align: .right), Column("batches", align: .right),
        Column("records", align: .right), Column("bytes", align: .right), Column("start", align: .right),
        Column("end", align: .right), Column("problems", align: .right),
    ]

    private static func tell(_ report: LogCheck.Report, _ context: CommandContext) {
        for finding in report.findings {
            switch finding.weight {
            case .note: context.messages.note("\(finding.path): \(finding.words)")
            case .damage: context.messages.error("\(finding.path): \(finding.words)")
            }
        }
    }
}
