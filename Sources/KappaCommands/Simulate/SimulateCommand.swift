import KappaArguments
import KappaCore
import KappaSimulation
import KappaTerminal

/// `kappa simulate`: readings of a site that does not exist.
enum SimulateCommand {
    static let command = Command(
        "simulate", section: .pipeline, abstract: "Print readings of a simulated site as NDJSON",
        discussion: """
            The site has five kinds of instruments: water_standpipe, piezometer, settlement_marker, extensometer and \
            strain_gauge. Standpipes and pore pressures follow a slow season, the tide and the rain; settlement \
            follows the stages of an excavation and partly recovers; strain follows the temperature. Sensors drop \
            out and spike. --shape uniform spreads the values evenly over each instrument's range instead.

            Without --start the lines come live, at --rate, or every sensor once in three seconds. With --start, or \
            with --count and no --rate, they come as fast as they are read.

            --scenario simulates an event at known sensors. --truth prints what it does: to which sensor, from and to \
            how many seconds after the first reading, and by how much its value changes in all (with sensor-drift: in \
            each minute).

            Faults are made on request: --late, --future, --duplicates, --bad, --jitter. Bad readings have each of the \
            seven fields null, empty, missing and of the wrong type, and broken JSON, in turn.
            """,
        parameters: SimulateOptions.all + [SimulateOptions.truth],
        examples: [
            Example("kappa simulate | kappa produce", "Feed the raw topic with a live site."),
            Example(
                "kappa simulate --rate 1000/s --late 1% --bad 0.5%",
                "A thousand readings a second, some of them faulty."),
            Example("kappa simulate --seed 7 --start 2022-04-15 --duration 1d", "A day of history, always the same."),
            Example("kappa simulate --seed 7 --scenario drawdown --count 5000", "The pumps start after a minute."),
            Example("kappa simulate --seed 7 --scenario drawdown --truth", "Which sensors that affects, and how."),
            Example("kappa simulate --count 5 --instrument piezometer", "Five readings of piezometers, at once."),
        ],
        subcommands: [SimulateServeCommand.command, SimulateTextCommand.users, SimulateTextCommand.lines],
        run: run)

    static func run(_ context: CommandContext) throws {
        let generator = ReadingGenerator(settings: try SimulateOptions.settings(context))
        guard !context[SimulateOptions.truth] else { return try tell(generator.truth, context) }
        let isSnapshot = context[SimulateOptions.format] == .snapshot
        let kinds = generator.instruments
        let pump = pump(
            try pace(context, usual: 3000 / Double(isSnapshot ? kinds.count : generator.sensorCount)), context)
        guard isSnapshot else { return try pump.run { generator.appendReading(at: $0, to: $1) } }
        var turn = 0
        try pump.run { time, buffer in
            generator.appendSnapshot(of: kinds[turn % kinds.count], at: time, to: buffer)
            turn += 1
        }
    }

    static func pump(_ pace: SimulationPace, _ context: CommandContext) -> LinePump {
        let output = context.output
        return LinePump(
            pace: pace, stop: context.stop, write: { try output.write($0) }, flush: { try output.flush() })
    }

    private static func tell(_ truth: [ScenarioTruth], _ context: CommandContext) throws {
        guard context[SimulateOptions.scenario] != nil else { throw UsageError("--truth: name a --scenario") }
        try context.output.write("borehole_number,instrument,from_seconds,to_seconds,change\n")
        for line in truth {
            let end = line.to.map { "\($0 / 1000)" } ?? ""
            try context.output.write(
                "\(line.borehole),\(line.instrument.name),\(line.from / 1000),\(end),\(line.change)\n")
        }
        try context.output.flush()
    }

    static func pace(_ context: CommandContext, usual: Double) throws -> SimulationPace {
        let history = context[SimulateOptions.history]
        guard history == nil || context[SimulateOptions.start] == nil else {
            throw UsageError("--history and --start exclude each other")
        }
        let pace = SimulationPace(
            rate: context[SimulateOptions.rate], count: context[SimulateOptions.count],
            duration: context[SimulateOptions.duration], start: context[SimulateOptions.start],
            isSeeded: context[SimulateOptions.seed] != nil, usual: usual, now: .now,
            history: history ?? .zero)
        guard history == nil || pace.isLive else { throw UsageError("--history is for lines that come live") }
        return pace
    }
}
