import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka

/// What `kappa produce` takes, and what that makes of the input.
enum ProduceOptions {
    static let words = Argument<[String]>(
        "TOPIC|FILE", type: .string("TOPIC|FILE", completion: .dynamic("topics")),
        help: "The topic (default monitoring), then the files to read; '-' is standard input.")
    static let topic = Option<String?>(
        "topic", short: "t", type: .topic, help: "The topic; all other arguments are then files.")

    /// kcat's word for what the command is anyway, for fingers that know it.
    static let kcatProducer = Flag("kcat-producer", short: "P", hidden: true, help: "Produce, as it does anyway.")

    static let input = "Input"
    static let keyDelimiter = Option<[UInt8]?>(
        "key-delimiter", short: "K", type: .delimiter, settable: false, section: input,
        help: "Separator between key and value.")
    static let delimiter = Option<[UInt8]>(
        "delimiter", short: "D", type: .delimiter, default: "\\n", settable: false, section: input,
        help: "The record separator, with \\n, \\t and \\xNN.",
        discussion: """
            Without it the input is text: a byte order mark in front and a CR before a line's end are dropped, and \
            UTF-16 is refused. With -D '\\n' every byte between two line feeds belongs to the record.
            """)
    static let json = Flag(
        "json", section: input, help: "Read kappa's own record form, as 'kappa consume --json' writes it.")
    static let explode = Option<String?>(
        "explode", type: .string("FIELD"), settable: false, section: input,
        help: "Send each item of this array as a record, with the fields around it.")
    static let onError = Option<ProduceSettings.OnError>(
        "on-error", type: .onError, default: "stop", section: input,
        help: "What to do with unreadable input: stop, skip, keep or dead:TOPIC.")
    static let repeats = Option<Int>(
        "repeat", type: .integer(1...1_000_000_000), default: "1", settable: false, section: input,
        help: "Read the files this many times.")

    static let web = "Polling"
    static let urls = Option<[String]>(
        "http", type: .string("URL"), section: web, help: "Poll this REST source instead of reading input.")
    static let every = Option<ClosedRange<Duration>>(
        "every", type: .durationRange, default: "3s..8s", settable: false, section: web,
        help: "The pause between two rounds: a duration, or a range to draw from.")
    static let rounds = Option<Int?>(
        "count", type: .integer(1...Int.max), settable: false, section: web, help: "End after this many rounds.")
    static let strict = Flag("strict", section: web, help: "End at the first answer that is an error or unreadable.")

    static let record = "Record"
    static let key = Option<String?>(
        "key", short: "k", type: .string("KEY"), settable: false, section: record, help: "The key of every record.")
    static let keyFields = Option<String?>(
        "key-field", type: .string("NAME[,NAME]"), settable: false, section: record,
        help: "Take the key from these fields of the JSON value, joined by '|'.")
    static let headers = Option<[String]>(
        "header", short: "H", type: .string("NAME=VALUE"), section: record, help: "Add a header to each record.")
    static let emptyIsNull = Flag("null", short: "Z", section: record, help: "Send an empty key or value as null.")
    static let partition = Option<Int32?>(
        "partition", short: "p", type: .integer(0...Int32.max), settable: false, section: record,
        help: "Send to this partition.")
    static let timestamp = Option<String?>(
        "timestamp", type: .string("FIELD|TIME"), settable: false, section: record,
        help: "Take the record's time from this field, or give all records this time.")

    static let sending = "Sending"
    static let codec = Option<String>(
        "compress", short: "z", type: .codec, default: "lz4", section: sending,
        help: "Compress with gzip, snappy, lz4 or zstd; none does not.")
    static let acks = Option<String>(
        "acks", type: .acks, default: "all", section: sending,
        help: "Which acknowledgements to wait for; only 'all' is safe.")
    static let rate = Option<Rate?>("rate", type: .rate, section: sending, help: "Send no faster than this.")
    static let create = Flag("create", section: sending, help: "Create the topic if it is missing.")
    static let partitions = Option<Int>(
        "partitions", type: .integer(-1...100_000), default: "-1", section: sending,
        help: "Partitions of a topic that --create creates; -1 is the broker's default.")
    static let deliveryTimeout = Option<Duration>(
        "delivery-timeout", type: .duration, default: "2m", section: sending,
        help: "How long to try to deliver a record before it counts as failed; 0 is for ever.")
    static let failed = Option<String?>(
        "failed", type: .file, settable: false, section: sending,
        help: "Write the records that were not delivered to this file, each with its line, and go on with the others.",
        discussion: "The file is for 'kappa produce --json'. It is made only when a record fails.")

    static let all: [any ParameterKey] =
        [
            words, topic, kcatProducer, keyDelimiter, delimiter, json, explode, onError, repeats, urls, every, rounds,
            strict, key,
            keyFields, headers, emptyIsNull,
            partition, timestamp, codec, acks, rate, create, partitions, deliveryTimeout, failed,
        ] + allOfCSV

    static func settings(_ context: CommandContext, topic: String) throws -> ProduceSettings {
        var settings = ProduceSettings(topic: topic, shape: try shape(context))
        settings.shape.encoding = try EncodingOptions.encoding(context, topic: topic)
        settings.onError = context[onError]
        settings.delimiter = context[delimiter]
        settings.isText = !context.isGiven(delimiter)
        settings.csv = try csvSettings(context, settings.shape)
        settings.deliveryTimeout = context[deliveryTimeout]
        settings.failed = context[failed]
        return settings
    }

    private static func shape(_ context: CommandContext) throws -> RecordShape {
        var shape = RecordShape()
        shape.isRecordJSON = context[json]
        shape.emptyIsNull = context[emptyIsNull]
        shape.headers = try context[headers].map(header)
        shape.explode = try context[explode].map { try path($0, of: "--explode") }
        if let text = context[timestamp] { shape.time = try time(text) }
        let sources = [context.isGiven(key), context.isGiven(keyFields), context.isGiven(keyDelimiter)]
        guard sources.filter({ $0 }).count <= 1 else {
            throw UsageError("only one of --key, --key-field and --key-delimiter can make the key")
        }
        if let fixed = context[key] { shape.key = .fixed(Array(fixed.utf8)) }
        if let delimiter = context[keyDelimiter] { shape.key = .before(delimiter) }
        if let names = context[keyFields] {
            shape.key = .fields(try names.split(separator: ",").map { try path(String($0), of: "--key-field") })
        }
        if shape.isRecordJSON, shape.explode != nil || sources.contains(true) {
            throw UsageError("--json reads key and value from each record; it does not go with --key… or --explode")
        }
        return shape
    }

    private static func path(_ text: String, of option: String) throws -> FieldPath {
        guard let path = FieldPath(text) else { throw UsageError("\(option): '\(text)' names no field") }
        return path
    }

    private static func header(_ word: String) throws -> Header {
        guard let at = word.firstIndex(of: "="), at != word.startIndex else {
            throw UsageError("--header: '\(word)' is not NAME=VALUE")
        }
        return Header(String(word[..<at]), String(word[word.index(after: at)...]))
    }

    /// A time where the word reads as one, else the name of a field.
    private static func time(_ word: String) throws -> RecordShape.Time {
        if let time = try? Timestamp(expression: word, now: .now) { return .fixed(time) }
        return .field(try path(word, of: "--timestamp"))
    }
}

extension ValueType where Value == ProduceSettings.OnError {
    static var onError: Self {
        let choices = [
            Choice("stop", "end with status 1"), Choice("skip", "count it and go on"),
            Choice("keep", "send it as it came, without a key"), Choice("dead:TOPIC", "send it to that topic"),
        ]
        return ValueType("stop|skip|keep|dead:TOPIC", choices: choices) { (word) throws(ValueError) in
            switch word {
            case "stop": return .stop
            case "skip": return .skip
            case "keep": return .keep
            default:
                guard word.hasPrefix("dead:"), word.utf8.count > 5 else {
                    throw .notOneOf(choices.map(\.word), word)
                }
                return .dead(topic: String(word.dropFirst(5)))
            }
        }
    }
}

extension ValueType where Value == String {
    static var codec: Self { .word(among: ["none", "gzip", "snappy", "lz4", "zstd"], "CODEC") }
    static var acks: Self { .word(among: ["all", "-1", "1", "0"], "ACKS") }
}

extension ValueType where Value == ClosedRange<Duration> {
    static var durationRange: Self {
        ValueType("DURATION[..DURATION]") { (word) throws(ValueError) in
            let dots = word.firstRange(of: "..")
            let low = try ValueType<Duration>.duration.parse(dots.map { String(word[..<$0.lowerBound]) } ?? word)
            let high = try dots.map { (range) throws(ValueError) in
                try ValueType<Duration>.duration.parse(String(word[range.upperBound...]))
            }
            guard low <= high ?? low else { throw ValueError("'\(word)' ends before it begins") }
            return low...(high ?? low)
        }
    }
}
