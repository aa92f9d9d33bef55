import KappaArguments
import KappaCore
import KappaSimulation
import KappaTerminal

/// What the simulated site is like, how its lines come, and when they end.
enum SimulateOptions {
    static let site = "Site"
    static let faults = "Faults"

    static let seed = Option<UInt64?>(
        "seed", type: .integer(), help: "The same number gives the same readings each time.",
        discussion: """
            With --seed and --count or --duration, but without --start, the readings start at 2022-04-15T00:00:00Z, so \
            that their times repeat too.
            """)
    static let rate = Option<Rate?>(
        "rate", short: "r", type: .rate, help: "Lines a second (default: every sensor once in 3 seconds).")
    static let start = Option<Timestamp?>(
        "start", type: .time, help: "Simulate from this time on, as fast as the lines are read.")
    static let history = Option<Duration?>(
        "history", type: .duration, settable: false,
        help: "Begin this long ago, catch up at once, and go on live.")
    static let duration = Option<Duration?>(
        "duration", type: .duration, help: "Stop after this span of the readings' time.")
    static let count = Option<Int64?>(
        "count", short: "n", type: .integer(0...Int64.max), help: "Stop after so many lines.")
    static let format = Option<SimulationFormat>(
        "format", type: .choice("FORMAT"), default: "reading",
        help: "One reading on each line, or one snapshot of a kind of instrument.")

    static let boreholes = Option<Int?>(
        "boreholes", type: .integer(1...9999), section: site,
        help: "How many boreholes of each kind (default: 50 to 149, by the seed).")
    static let instruments = Option<[Instrument]>(
        "instrument", short: "i", type: .choice("KIND"), section: site, help: "Only this kind of instrument.")
    static let shape = Option<SimulationSettings.Shape>(
        "shape", type: .choice("SHAPE"), default: "site", section: site,
        help: "Values that follow season, tide, rain and excavation, or spread evenly over the range.")

    static let scenario = Option<Scenario?>(
        "scenario", type: .choice("SCENARIO") { $0.help }, section: site,
        help: "Simulate an event that begins a minute after the first reading.")
    static let truth = Flag(
        "truth", section: site, help: "Print what the scenario does to which sensor, and no readings.")

    static let jitter = Option<Duration>(
        "jitter", type: .duration, default: "0s", section: faults, help: "Shift times back by up to this much.")
    static let late = Option<Share>(
        "late", type: .share, default: "0%", section: faults, help: "Share of readings that are 2 to 20 minutes late.")
    static let future = Option<Share>(
        "future", type: .share, default: "0%", section: faults, help: "Share of readings that lie decades ahead.")
    static let duplicates = Option<Share>(
        "duplicates", type: .share, default: "0%", section: faults,
        help: "Share of readings that repeat the one before.")
    static let bad = Option<Share>(
        "bad", type: .share, default: "0%", section: faults,
        help: "Share of readings that are null, empty, missing, of the wrong type or broken, in turn.")

    static let pace: [any ParameterKey] = [rate, count, duration, start, history, seed]
    /// What only the readings of a site have.
    static let ofReadings: [any ParameterKey] = [
        format, boreholes, instruments, shape, scenario, jitter, late, future, duplicates, bad,
    ]
    static let all = pace + ofReadings

    /// The seed asked for, or one that chance gives and `-v` shows.
    static func seed(_ context: CommandContext) -> UInt64 {
        if let seed = context[seed] { return seed }
        let chosen = UInt64.random(in: 1...999_999)
        context.messages.detail("the seed is \(chosen)")
        return chosen
    }

    static func settings(_ context: CommandContext) throws -> SimulationSettings {
        var settings = SimulationSettings(seed: seed(context))
        settings.boreholes = context[boreholes]
        let wanted = context[instruments]
        if !wanted.isEmpty { settings.instruments = Instrument.allCases.filter { wanted.contains($0) } }
        settings.shape = context[shape]
        settings.scenario = context[scenario]
        settings.jitterMilliseconds = context[jitter].wholeMilliseconds
        settings.late = context[late].fraction
        settings.future = context[future].fraction
        settings.duplicates = context[duplicates].fraction
        settings.bad = context[bad].fraction
        if let problem = settings.problem { throw UsageError(problem) }
        return settings
    }
}

enum SimulationFormat: String, CaseIterable, Sendable {
    case reading, snapshot
}
