import KappaArguments
import KappaCore
import KappaStreams
import KappaTerminal

/// `kappa alarms`: review levels, dated calibrations, and what came of them.
enum AlarmsCommand {
    static let file = Argument<String>("FILE", type: .file, help: "The register.")

    static let command = Command(
        family: "alarms", section: .pipeline, abstract: "Raise alarms by a register of levels and calibrations",
        discussion: """
            The register is one CSV file with a line for each sensor, or for all that fit a pattern such as \
            *,piezometer: the unit, the calibration, the review levels, when a sensor counts as overdue, who is told \
            and what is to be done, each with the dates between which it holds. Where several lines match a sensor, \
            each cell is taken from the most specific line that fills it; a dash means 'none'.

            A raw value R at the temperature T becomes factor * R + offset, or A * R^2 + B * R + C with the polynomial \
            "A B C", plus temperature_factor * (T - temperature_zero), less baseline.

            Certificates of vibrating-wire piezometers give these. P = G (R1 - R0) is the factor G with the offset -G \
            * R0; P = A R1^2 + B R1 + C is the polynomial, with the C that was found on site; the correction K (T1 - \
            T0) is temperature_factor K and temperature_zero T0 (Geokon, manual of the 4500 series, 6.1, 6.2 and \
            appendix C). RST's P = CF (L0 - L1) is the factor -CF with the offset CF * L0.
            """,
        subcommands: [
            initialise, check, AlarmsRunCommand.command, AlarmsListCommand.command, AlarmsListCommand.show,
            AlarmsHistoryCommand.command, AlarmsActCommand.acknowledge, AlarmsActCommand.shelve,
            AlarmsLevelsCommand.command, AlarmsTestCommand.command, AlarmsNotifyCommand.command,
        ])

    private static let initialise = Command(
        "init", abstract: "Print an example of a register, with its explanation",
        examples: [Example("kappa alarms init > site.csv", "Begin a register.")],
        run: { context in
            try context.output.write(ExampleRegister.text)
            try context.output.flush()
        })

    private static let check = Command(
        "check", abstract: "Check a register: every error with its line",
        discussion: "The status is 1 if there is any error.",
        parameters: [file, ProcessOptions.key] + OutputOptions.all,
        examples: [Example("kappa alarms check site.csv", "Find the errors of a register.")],
        run: runCheck)

    private static func runCheck(_ context: CommandContext) throws {
        let path = context[file]
        let key = try ProcessSettings(context: context).key()
        let text = try TextFile.read(path)
        let problems = Register.problems(in: text, key: key)
        guard problems.isEmpty else {
            try context.output.rows("problems", [Column("line", align: .right), Column("problem", canShrink: false)]) {
                rows in
                for problem in problems {
                    try rows.add([problem.line.map { Cell.integer($0) } ?? .absent, .text(problem.message)])
                }
            }
            throw CommandFailure("\(path) has \(problems.count == 1 ? "one error" : "\(problems.count) errors")")
        }
        let figures = try RegisterFile.read(path, key: key).figures
        context.messages.note(
            "\(path) is in order: \(figures.sensors) sensors, \(figures.patterns) patterns, "
                + "\(figures.dated) lines with dates")
    }
}
