import KappaArguments
import KappaCore
import KappaStreams
import KappaTerminal

/// `kappa alarms levels`: what a register says of a sensor, from date to date.
enum AlarmsLevelsCommand {
    static let command = Command(
        "levels", abstract: "Show what a register says of a sensor, from date to date",
        parameters: [AlarmsListCommand.sensor, ProcessOptions.register, ProcessOptions.key] + OutputOptions.all,
        examples: [
            Example("kappa alarms levels 'BH-9483|piezometer' --register site.csv", "Its levels and calibrations.")
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let plan = try ProcessSettings(context: context).registered()
        let words = context[AlarmsListCommand.sensor].split(separator: "|", omittingEmptySubsequences: false)
        guard words.count == plan.key.count else {
            let form = plan.key.map { $0.name.uppercased() }.joined(separator: "|")
            throw UsageError("'\(context[AlarmsListCommand.sensor])' is not of the form \(form)")
        }
        let spans = plan.register.spans(of: words.map(String.init), plan.key)
        guard plan.register.hasLine(for: words.map(String.init), plan.key) else {
            throw CommandFailure(
                "no line of the register matches '\(context[AlarmsListCommand.sensor])'",
                hint: "'kappa alarms check' counts its sensors and patterns")
        }
        let columns = ["from", "to", "unit", "conversion", "above", "below", "rate", "hysteresis", "hold"]
        try context.output.rows(
            "levels", (columns + ["overdue_after", "tell", "response"]).map { Column($0, canShrink: false) }
        ) { rows in
            for rules in spans { try rows.add(cells(rules)) }
        }
    }

    private static func cells(_ rules: SensorRules) -> [Cell] {
        func time(_ value: Int64) -> Cell {
            value == .min || value == .max ? .absent : .time(Timestamp(milliseconds: value))
        }
        func levels(_ levels: [SensorRules.Level]) -> Cell {
            .list(levels.map { "\($0.name) \($0.limit)" })
        }
        let per = Duration.milliseconds(rules.ratePerMilliseconds).word
        return [
            time(rules.validFrom), time(rules.validTo), .optional(rules.unit),
            rules.conversion.isIdentity ? .absent : .text(rules.conversion.description), levels(rules.above),
            levels(rules.below), .list(rules.rate.map { "\($0.name) \($0.limit) in \(per)" }),
            .number(rules.hysteresis), .duration(.milliseconds(rules.holdMilliseconds)),
            rules.overdueAfterMilliseconds.map { .duration(.milliseconds($0)) } ?? .absent, .optional(rules.tell),
            .optional(rules.response),
        ]
    }
}

extension ProcessSettings {
    /// A register, and the fields that its sensors are named by.
    func registered() throws -> (register: Register, key: [FieldRule]) {
        guard let path = context[ProcessOptions.register] else {
            throw UsageError("--register: name the register", hint: "'kappa alarms init > site.csv' begins one")
        }
        let key = try key()
        return (try RegisterFile.read(path, key: key), key)
    }
}
