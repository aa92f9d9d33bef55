import KappaArguments
import KappaCore
import KappaKafka
import KappaStreams
import KappaTerminal

/// What `kappa process` and its sisters take.
enum ProcessOptions {
    static let fields = "Fields"
    static let windows = "Windows"
    static let run = "Run"

    static let input = Option<String>(
        "input", short: "i", type: .topic, default: StandardTopics.input, help: "The topic to read.")
    static let outputs = Option<String?>(
        "output", short: "o", type: .string("TOPIC,…"),
        help: "The topics of the results: one, or one for each value of --route (VALUE=TOPIC or the value's own name).")
    static let name = Option<String?>(
        "name", type: .string("JOB"),
        help: "The job's name; its group and topics are named after it (default: the input).")

    static let key = Option<String>(
        "key", type: .string("FIELD,…"), default: "borehole_number,instrument", section: fields,
        help: "The fields that tell windows apart.")
    static let value = Option<String>(
        "value", type: .string("FIELD"), default: "reading", section: fields, help: "The field to aggregate.")
    static let time = Option<String>(
        "time", type: .string("FIELD"), default: "timestamp", section: fields, help: "The field of the event time.")
    static let carry = Option<String>(
        "carry", type: .string("FIELD,…"), default: "surface_level:number,northing:number,easting:number,units?",
        section: fields,
        help: "Fields taken from the latest reading; NAME? may be missing, NAME:number must be a number.")
    static let route = Option<String>(
        "route", type: .string("FIELD"), default: "instrument", section: fields,
        help: "The field whose value names the output; other values than those of --output are dead letters.",
        discussion: "--route '' sends every result to the one topic of --output.")
    static let items = Option<String>(
        "items", type: .string("FIELD"), default: "items", section: fields,
        help: "The array field that holds many readings in one record.")
    static let filters = Option<[String]>(
        "where", type: .string("TEST"), section: fields,
        help: "Take only records that pass, such as 'reading > 100'.")

    static let calibration = Option<String?>(
        "calibration", type: .file, section: fields,
        help: "Calibrate the values: a file with a factor and an offset for each key.",
        discussion: """
            Lines such as BH-9483,piezometer,1.02,-0.35: the fields of --key, what the value is multiplied by, and \
            what is added then. A key without a line keeps its values; # begins a comment. A line that matched no \
            reading is reported with its number. The numbers are among the job's rules: after a change, 'kappa \
            replay start' with the new file processes the log again.
            """)

    static let register = Option<String?>(
        "register", type: .file, section: fields,
        help: "Convert the values by a register of sensors: calibrations with dates.",
        discussion: """
            A CSV file: 'kappa alarms init' prints an example, 'kappa alarms check' checks it. Each reading is \
            converted with what was valid at its own time; 'raw' and 'conversion' of a result keep the value as it \
            came and the coefficients. Its conversions are among the job's rules; its levels are for 'kappa alarms'.
            """)
    static let temperature = Option<String>(
        "temperature", type: .string("FIELD"), default: "temperature", section: fields,
        help: "The field of the temperature that some calibrations of --register need.")

    static let allowUnmatched = Flag(
        "allow-unmatched", settable: true, section: fields,
        help: "Succeed even if no line of --calibration matches a reading.")

    static let window = Option<Duration>(
        "window", short: "w", type: .duration, default: "10s", section: windows, help: "The length of a window.")
    static let every = Option<Duration?>(
        "every", type: .duration, section: windows,
        help: "Begin a window this often; if that is less than --window, windows overlap.")
    static let grace = Option<Duration>(
        "grace", type: .duration, default: "10s", section: windows,
        help: "How long after its end a window waits for late readings.")
    static let idle = Option<Duration>(
        "idle", type: .duration, default: "30s", section: windows,
        help: "At the end of the log, close windows after this much silence (0: never).")
    static let maxFuture = Option<Duration>(
        "max-future", type: .duration, default: "1h", section: windows,
        help: "How far a reading's time may be ahead of its record's time.")
    static let dedup = Option<String?>(
        "dedup", type: .string("FIELD"), section: windows,
        help: "Count readings with the same value of this field once in each window.")
    static let aggregates = Option<String>(
        "agg", type: .string("NAME,…", completion: .dynamic("aggregates")), default: "mean,count,min,max,sum",
        section: windows,
        help: "Aggregates to compute: \(Aggregate.allCases.map(\.rawValue).joined(separator: ", ")).")

    static let ticks = Option<String?>(
        "ticks", type: .topic, section: windows,
        help: "The topic of the recorded ticks; another job's, to close windows where it did (default: JOB.ticks).")

    static let drain = Flag("drain", section: run, help: "Stop at the end of the log, with every window closed.")
    static let until = Option<Timestamp?>(
        "until", type: .time, settable: false, section: run,
        help: "Stop before the first record that was logged at this time or later.")
    static let instances = Option<Int>(
        "instances", type: .integer(1...64), default: "1", section: run,
        help: "Threads that share the partitions.")
    static let keyed = Flag(
        "keyed", settable: true, section: run,
        help: "The input is partitioned by the key; a record in another partition is a dead letter.")
    static let create = Flag(
        "create", default: true, settable: true, section: run, help: "Create missing topics.")
    static let dryRun = Flag("dry-run", section: run, help: "Show the plan and do nothing.")
    static let stats = Option<String?>(
        "stats", type: .file, section: run,
        help: "Write figures to this file each second, as JSON lines ('-': standard output)."
    )
    static let commitEvery = Option<Duration>(
        "commit-every", type: .duration, default: "1s", section: run, help: "The time between two transactions.")
    static let commitRecords = Option<Int>(
        "commit-records", type: .integer(1...Int.max), default: "1000000", hidden: true, section: run,
        help: "At most this many records in a transaction.")
    static let pollSize = Option<Int>(
        "poll-size", type: .integer(1...1_000_000), default: "4096", hidden: true, section: run,
        help: "The most records of one poll.")

    static let common: [any ParameterKey] =
        [input, outputs, name, filters, drain, until, instances, create, dryRun, stats, commitEvery, commitRecords]
        + [pollSize] + PayloadOptions.reading
    static let ofWindows: [any ParameterKey] =
        [
            key, value, register, temperature, calibration, allowUnmatched, time, carry, route, items, window, every,
            grace, idle, maxFuture,
            dedup,
            aggregates, ticks, keyed,
        ]
}
