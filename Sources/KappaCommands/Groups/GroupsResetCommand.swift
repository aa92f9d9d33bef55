import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// `kappa groups reset GROUP --to …`: moves the places of a group that has no members.
enum GroupsResetCommand {
    static let name = Argument<String?>("GROUP", type: .group, help: "The group.")
    static let named = Option<String?>(
        "group", short: "g", type: .group, settable: false, help: "Same as GROUP; accepted as in Kafka's own tools.")
    static let target = Option<GroupTarget?>(
        "to", type: .groupTarget, settable: false, help: "start, end, 42, +5 or -5 from the committed offset, or @TIME."
    )
    static let topics = Option<[TopicSelection]>(
        "topic", short: "t", type: .topicSelection,
        help:
            "Only this topic, or these partitions of it: monitoring:0,1. Needed where the group has committed nothing yet."
    )
    static let toFile = Option<String?>(
        "to-file", type: .file, settable: false, help: "Write the committed offsets to a file and change nothing.")
    static let fromFile = Option<String?>(
        "from-file", type: .file, settable: false, help: "Reset to the offsets in this file.")

    static let command = Command(
        "reset", abstract: "Reset a group's committed offsets",
        discussion: """
            Prints each offset before and after. A group with members is refused: stop them first.

            The file has a line 'TOPIC PARTITION OFFSET' for each partition.
            """,
        parameters: [name, named, target, topics, toFile, fromFile, TopicOptions.dryRun, TopicOptions.yes]
            + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa groups reset site --to start --topic monitoring --dry-run", "What it would do."),
            Example("kappa groups reset site --to @-1h --yes", "An hour back."),
            Example("kappa groups reset site --to-file offsets.txt", "Keep the offsets for later."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        guard let group = context[name] ?? context[named] else {
            throw UsageError("GROUP is missing", hint: "'kappa groups list' shows them")
        }
        let client = try KafkaClient(context.kafka())
        let modes = [context[target] != nil, context[toFile] != nil, context[fromFile] != nil].filter { $0 }.count
        guard modes == 1 else { throw UsageError("name one of --to, --to-file and --from-file") }
        let move = try GroupMove(group, client)
        if let file = context[toFile] { return try GroupPlaces.write(move.committed, to: file) }
        if !context[TopicOptions.dryRun] { try move.refuseActive() }
        let wanted =
            try context[fromFile].map { try GroupPlaces.read($0) }
            ?? move.resolve(context[target]!, move.places(context[topics]), voice: context.voice)
        guard !wanted.isEmpty else {
            throw CommandFailure(
                "group '\(group)' has no committed offsets to reset", hint: "--topic names the topic to set them in")
        }
        try show(wanted, move.committed, context)
        guard !context[TopicOptions.dryRun] else { return }
        try Confirmation.ask("Move group '\(group)'?", isGiven: context[TopicOptions.yes], context)
        try move.perform(wanted)
    }

    private static func show(
        _ wanted: [PartitionOffset], _ committed: [PartitionOffset], _ context: CommandContext
    ) throws {
        let columns = [
            Column("topic"), Column("partition", align: .right), Column("before", align: .right),
            Column("after", align: .right),
        ]
        try context.output.rows("places", columns) { rows in
            for place in wanted {
                let before = committed.first { $0.at == place.at }?.offset
                try rows.add([
                    .text(place.at.topic), .integer(place.at.partition), before.map(Cell.integer) ?? .absent,
                    .integer(place.offset),
                ])
            }
        }
    }
}

extension ValueType where Value == GroupTarget {
    static var groupTarget: Self {
        ValueType("PLACE") { (word) throws(ValueError) in
            switch word {
            case "start", "earliest", "beginning": return .start
            case "end", "latest": return .end
            default:
                if let number = Int64(word) {
                    return word.hasPrefix("+") || word.hasPrefix("-") ? .shifted(number) : .offset(number)
                }
                guard word.hasPrefix("@"), case .time(let time)? = OffsetRange.Bound(word: word, now: .now) else {
                    throw ValueError(
                        "'\(word)' is not an offset or a time", hint: "such as start, end, 42, +5, -5 or @-1h")
                }
                return .time(time)
            }
        }
    }
}

extension ValueType where Value == TopicSelection {
    static var topicSelection: Self {
        ValueType("TOPIC[:N,N]", completion: .dynamic("topics")) { (word) throws(ValueError) in
            let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return TopicSelection(topic: word, partitions: nil) }
            let numbers = parts[1].split(separator: ",").map { Int32($0) }
            guard !numbers.isEmpty, !numbers.contains(nil) else {
                throw ValueError("'\(parts[1])' is not a list of partitions such as 0,1")
            }
            return TopicSelection(topic: String(parts[0]), partitions: numbers.compactMap { $0 })
        }
    }
}
