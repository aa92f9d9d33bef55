import KappaArguments
import KappaCore
import KappaHTTP
import KappaPipeline

/// Where a pipeline's page is to be, or that there is to be none.
enum PagePlace: Sendable {
    case off
    case at(ListenAddress)
}

extension ValueType where Value == PagePlace {
    static var pagePlace: Self {
        ValueType("HOST:PORT|off") { (word) throws(ValueError) in
            guard word != "off" else { return .off }
            do throws(HTTPError) { return .at(try ListenAddress(word: word)) } catch { throw ValueError(error.message) }
        }
    }
}

/// What `kappa up` can be told.
enum UpOptions {
    enum Source: String, CaseIterable, Sendable {
        case simulate, none
    }

    static let place = "Place"
    static let data = Option<String?>(
        "data", short: "d", type: .directory, section: place,
        help: "The folder of the log, the view and the lock ($XDG_DATA_HOME/kappa when not given).")
    static let listen = Option<ListenAddress>(
        "listen", type: .address, default: "127.0.0.1:9092", section: place,
        help: "Where the embedded broker listens; port 0 picks a free one.")
    static let metrics = Option<ListenAddress?>(
        "metrics", type: .address, section: place, help: "Show figures for Prometheus at /metrics of this address.")

    static let page = Option<PagePlace?>(
        "page", type: .pagePlace, section: place,
        help: "Where the page is, as kappa serve has it: port 0 picks a free one, off serves none.",
        discussion: """
            Without it the page is at 127.0.0.1:8080, or at the next port that is free. A run with an end (--for, \
            --count) has none.
            """)

    static let pipeline = "Pipeline"
    static let source = Option<Source>(
        "source", type: .choice("SOURCE"), default: "simulate", section: pipeline,
        help: "Where readings come from: a simulated site, or nowhere (none).")
    static let http = Option<[String]>(
        "http", type: .string("URL"), settable: true, section: pipeline,
        help: "Poll this REST source instead; may be given more than once.")
    static let rate = Option<Rate?>(
        "rate", type: .rate, section: pipeline,
        help: "Readings a second of the simulated site (default: each sensor once in 3 seconds; 10k/s with --count).")
    static let seed = Option<UInt64?>(
        "seed", type: .integer(), section: pipeline,
        help: "The number that the simulated site is made from; the same number gives the same site.")
    static let faults = Option<Share>(
        "faults", type: .share, default: "0.2%", section: pipeline,
        help: "Share of simulated readings that are late; as many again are bad.")
    static let window = Option<Duration?>(
        "window", short: "w", type: .duration, section: pipeline, help: "The length of a window (default 10s).")
    static let grace = Option<Duration?>(
        "grace", type: .duration, section: pipeline,
        help: "How long a window waits for readings that come late (default 10s).")
    static let partitions = Option<Int>(
        "partitions", short: "p", type: .integer(1...1000), default: "1", section: pipeline,
        help: "Partitions of the topics it creates.")
    static let jobs = Option<[String]>(
        "job", type: .string("PROFILE"), settable: true, section: pipeline,
        help: "Run another job beside the first, with the settings of this profile; may be given more than once.",
        discussion: """
            Such a job is named after the profile and needs an output of its own: process.output. Its results stay \
            in that topic; the balance counts the first job alone.
            """)

    static let register = Option<String?>(
        "register", type: .file, section: pipeline,
        help: "Convert the readings and raise alarms by this register.",
        discussion: "Without one a simulated site has the register that 'kappa alarms init' prints, in the data folder."
    )
    static let alarms = Flag(
        "watch", default: true, settable: true, section: pipeline, help: "Raise alarms, where there is a register.")

    static let end = "End"
    static let duration = Option<Duration?>(
        "for", type: .duration, settable: false, section: end,
        help: "Run for this long, then store all that was produced and end.")
    static let count = Option<Int64?>(
        "count", short: "n", type: .integer(1...Int64.max), settable: false, section: end,
        help: "Produce this many readings, store them all and end; status 1 if the counts do not add up.")

    static let manage = "Manage"
    static let detach = Flag("detach", section: manage, help: "Run in the background; kappa down ends it.")
    static let file = Option<String?>(
        "file", short: "f", type: .file, settable: false, section: manage,
        help: "Read settings from this pipeline file before all others.")
    static let printFile = Flag("print", section: manage, help: "Print the default pipeline file and end.")
    static let systemd = Flag("systemd", section: manage, help: "Print a systemd unit for this pipeline and end.")

    static let all: [any ParameterKey] =
        [
            data, listen, metrics, page, source, http, rate, seed, faults, window, grace, partitions, jobs,
            register, alarms, SimulateOptions.scenario, duration,
            count,
        ]
        + [detach, file, printFile, systemd] + StoreOptions.all + BrokerOptions.all + OutputOptions.all

    static func folder(_ context: CommandContext) -> String {
        let path = context[data] ?? DataFolder.standard
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
