import KappaArguments
import KappaCore
import KappaJobs
import KappaTerminal

/// What `kappa consume` takes.
enum ConsumeOptions {
    static let words = Argument<[String]>("TOPIC", type: .topic, help: "The topics (default monitoring).")
    static let topics = Option<[String]>(
        "topic", short: "t", type: .topic, help: "Same as TOPIC; accepted as in Kafka's own tools.")
    static let partitions = Option<[Int32]>(
        "partition", short: "p", type: .integer(0...Int32.max), help: "Only these partitions.")
    static let group = Option<String?>(
        "group", short: "g", type: .group, settable: false,
        help: "Share the partitions with this group and commit what was printed.")

    /// kcat's words for what the command is anyway, for fingers that know them.
    static let kcatGroup = Option<String?>(
        "kcat-group", short: "G", type: .group, settable: false, hidden: true, help: "As --group.")
    static let kcatConsumer = Flag("kcat-consumer", short: "C", hidden: true, help: "Consume, as it does anyway.")

    static let exact = Flag(
        "exact", help: "Read exactly these topics, even if another generation is active.")

    static let range = "Range"
    static let offsets = Option<[OffsetRange]>(
        "offset", short: "o", type: .offsets, section: range,
        help: "Where to start, and to end: beginning, end, stored, 42, -5, 10:20, @-1h:end, :end.")
    static let fromBeginning = Flag("from-beginning", section: range, help: "Start at the beginning, as by default.")
    static let exit = Flag(
        "exit", short: "e", section: range, help: "Stop at the end that the log has when the command starts.")
    static let count = Option<Int?>(
        "count", short: "c", aliases: ["max-messages"], type: .integer(1...Int.max), settable: false, section: range,
        help: "End after this many records.")
    static let timeout = Option<Duration?>(
        "timeout", type: .duration, settable: false, section: range,
        help: "Time out (status 4) after this long without a record.")
    static let isolation = Option<String>(
        "isolation", type: .word(among: ["read_committed", "read_uncommitted"], "LEVEL"), default: "read_committed",
        section: range, help: "Whether records of open and aborted transactions are left out.")

    static let choice = "Choice"
    static let predicates = Option<[FieldPredicate]>(
        "where", type: .predicate, section: choice, help: "Only records whose JSON field passes: 'reading > 100'.")
    static let grep = Option<BytePattern?>(
        "grep", placeholder: "REGEX", type: .pattern, settable: false, section: choice,
        help: "Only records whose value matches.")

    static let form = "Form"
    static let json = Flag("json", section: form, help: "Print every part of a record, one JSON object on each line.")
    static let format = Option<RecordFormat?>(
        "format", short: "f", type: .recordFormat, settable: false, section: form,
        help: "kcat's tokens, and %{time}: '%k %s\\n'.")
    static let pretty = Flag(
        "pretty", section: form, help: "Print a line for people: time, key and value, with colours on a terminal.")
    static let keys = Flag("keys", section: form, help: "Print the key and a tab before each value.")
    static let keyDelimiter = Option<[UInt8]?>(
        "key-delimiter", short: "K", type: .delimiter, settable: false, section: form,
        help: "Print the key and this before each value.")
    static let delimiter = Option<[UInt8]>(
        "delimiter", short: "D", type: .delimiter, default: "\\n", settable: false, section: form,
        help: "Record separator, written after each record.")
    static let nulls = Flag("null", short: "Z", section: form, help: "Print NULL for a null key or value.")

    static let all: [any ParameterKey] = [
        words, topics, partitions, exact, group, kcatGroup, kcatConsumer, offsets, fromBeginning, exit, count, timeout,
        isolation, predicates, grep,
        json, pretty, format, keys, keyDelimiter, delimiter, nulls,
    ]

    static func settings(_ context: CommandContext, isGrouped: Bool) throws -> ConsumeSettings {
        let names = context[words] + context[topics]
        var settings = ConsumeSettings(topics: names.isEmpty ? [StandardTopics.input] : names)
        settings.partitions = context[partitions]
        settings.range = try range(context)
        settings.stopsAtEnd = context[exit]
        settings.count = context[count]
        settings.patience = context[timeout]
        settings.isGrouped = isGrouped
        settings.isExact = context[exact]
        return settings
    }

    static func printing(_ context: CommandContext) throws -> RecordPrinting {
        var printing = RecordPrinting(format: try recordFormat(context))
        printing.format.isForTerminal = context.output.terminal.isTerminal
        printing.isJSON = context[json]
        if context[pretty] {
            let names = context[words] + context[topics]
            let form = PrettyRecords(context.output.terminal, namesTopics: names.count > 1)
            printing.form = { form.write($0, $1, topic: $2, into: &$3) }
        }
        printing.pattern = context[grep]
        printing.predicates = context[predicates]
        printing.payload = try PayloadOptions.payload(context)
        return printing
    }

    private static func range(_ context: CommandContext) throws -> OffsetRange {
        var whole = OffsetRange()
        for part in context[offsets] {
            do throws(WordError) { whole = try whole.joined(with: part) } catch {
                throw UsageError("--offset: \(error.message)")
            }
        }
        if context[fromBeginning] {
            guard whole.start == nil else { throw UsageError("--from-beginning and --offset both say where to start") }
            whole.start = .beginning
        }
        return whole
    }

    private static func recordFormat(_ context: CommandContext) throws -> RecordFormat {
        // A format says all; a delimiter beside it is needless, and kcat takes it.
        let delimits = context[keyDelimiter] != nil && context[format] == nil
        let chosen = [context[json], context[pretty], context[format] != nil, context[keys], delimits]
        guard chosen.filter({ $0 }).count <= 1 else {
            throw UsageError("only one of --json, --pretty, --format, --keys and --key-delimiter can shape the output")
        }
        var format = context[format]
        if format == nil {
            let key: [RecordFormat.Piece] =
                context[keys] ? [.key, .literal([9])] : context[keyDelimiter].map { [.key, .literal($0)] } ?? []
            format = RecordFormat(pieces: key + [.value, .literal(context[delimiter])])
        }
        if context[nulls] { format?.null = Array("NULL".utf8) }
        return format!
    }
}
