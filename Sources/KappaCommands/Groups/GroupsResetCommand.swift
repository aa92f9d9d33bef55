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
            Example("kappa groups reset site --to-file places.txt", "Keep the offsets for later."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        guard let group = context[name] ?? context[named] else {
            throw UsageError("GROUP is missing", hint: "'kappa groups list' shows them")
        }
        let client = try KafkaClient(context.kafka())
        let modes = [context[target] != nil, context[toFile] != nil, context[fromFile] != nil].filter { $0 }.count
        guard modes == 1 else { throw UsageError("one of --to, --to-file and --from-file says what to do") }
        let committed = try client.groupOffsets(group)
        if let file = context[toFile] { return try GroupPlaces.write(committed, to: file) }
        if !context[TopicOptions.dryRun] { try refuseActive(group, client) }
        let wanted =
            try context[fromFile].map { try GroupPlaces.read($0) }
            ?? resolve(context[target]!, places(committed, client, context), committed, client, context)
        guard !wanted.isEmpty else {
            throw CommandFailure(
                "group '\(group)' has no places to move", hint: "--topic says in which topic to set them")
        }
        try show(wanted, committed, context)
        guard !context[TopicOptions.dryRun] else { return }
        try Confirmation.ask("Move group '\(group)'?", isGiven: context[TopicOptions.yes], context)
        for outcome in try client.alterGroupOffsets(group, wanted) {
            guard let error = outcome.error else { continue }
            guard error.code == KafkaError.unknownMember else { throw error }
            throw CommandFailure(
                "group '\(group)' was not moved: it has members (of the newer protocol, or that joined just now)",
                hint: "stop them first")
        }
    }

    private static func refuseActive(_ group: String, _ client: KafkaClient) throws {
        guard let members = try client.describeGroups([group]).first?.members, !members.isEmpty else { return }
        throw CommandFailure(
            "group '\(group)' has \(members.count == 1 ? "a member" : "\(members.count) members"), so its offsets cannot be reset",
            hint: "stop them first: \(Set(members.map(\.host)).sorted().joined(separator: ", "))")
    }

    private static func places(
        _ committed: [PartitionOffset], _ client: KafkaClient, _ context: CommandContext
    ) throws -> [TopicPartition] {
        guard !context[topics].isEmpty else { return committed.map(\.at).sorted() }
        return try context[topics].flatMap { selection in
            let all = try client.partitions(of: selection.topic)
            guard let numbers = selection.partitions else { return all }
            for number in numbers where !all.contains(where: { $0.partition == number }) {
                throw CommandFailure("topic '\(selection.topic)' has no partition \(number)")
            }
            return all.filter { numbers.contains($0.partition) }
        }
    }

    private static func resolve(
        _ target: GroupTarget, _ places: [TopicPartition], _ committed: [PartitionOffset], _ client: KafkaClient,
        _ context: CommandContext
    ) throws -> [PartitionOffset] {
        try places.map { at in
            let marks = try client.watermarks(at)
            let current = committed.first { $0.at == at }?.offset ?? marks.low
            let offset: Int64
            switch target {
            case .start: offset = marks.low
            case .end: offset = marks.high
            case .offset(let number): offset = number
            case .shifted(let number): offset = current + number
            case .time(let time):
                let found = try client.offsets(atOrAfter: time, in: [at]).first?.offset ?? PartitionOffset.none
                offset = found >= 0 ? found : marks.high
            }
            let held = min(max(offset, marks.low), marks.high)
            if held != offset {
                context.messages.warning(
                    "\(at): the log holds \(marks.low) to \(marks.high); \(held) is taken for \(offset)")
            }
            return PartitionOffset(at, held)
        }
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

/// Where to move a group's places.
enum GroupTarget: Sendable, Equatable {
    case start
    case end
    case offset(Int64)
    case shifted(Int64)
    case time(Timestamp)
}

/// `monitoring` or `monitoring:0,1`.
struct TopicSelection: Sendable, Equatable {
    var topic: String
    var partitions: [Int32]?
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
                    throw ValueError("'\(word)' is no place", hint: "start, end, 42, +5, -5 and @-1h are")
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
                throw ValueError("'\(parts[1])' is no list of partitions such as 0,1")
            }
            return TopicSelection(topic: String(parts[0]), partitions: numbers.compactMap { $0 })
        }
    }
}
