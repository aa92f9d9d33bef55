package import KappaCore

/// A job of alarms is asked for in the words of a window job: key, value, time, grace; its windows are moments.
extension WindowPlan {
    /// One that watches whatever has a line in the register.
    package static func alarms(_ register: Register) -> WindowPlan {
        var plan = WindowPlan()
        plan.register = register
        (plan.sizeMilliseconds, plan.everyMilliseconds) = (1, 1)
        // Any instrument; the route only says where the records of a key lie.
        plan.routes = []
        plan.carry = []
        // How long after the last reading of all the clocks still go on, and by which steps where that is recorded.
        let overdue = register.longestOverdue ?? 0
        plan.quiet = Quiet(longest: max(overdue, AlarmTrack.longestUntold), step: min(max(overdue / 100, 1000), 60_000))
        return plan
    }

    /// Of a job that has something to say of silence.
    package struct Quiet: Sendable {
        package var longest: Int64
        package var step: Int64
    }

    /// Everything that decides an alarm, in words.
    package var alarmFingerprint: String {
        Fingerprint.of("alarms;\(WindowPlan.rules);\(canonical);levels=\(register.canonical);converted=\(isConverted)")
    }

    /// The options that the fingerprint is made of.
    package var alarmRules: JobRules {
        let others = ["window", "every", "calibration", "carry", "route", "output", "agg", "dedup", "register"]
        return JobRules(
            rules.values.filter { !others.contains($0.name) }
                + [
                    ("register", "file \(Fingerprint.of(register.canonical).prefix(8))"),
                    ("converted", isConverted ? "yes" : ""), ("temperature", isConverted ? "" : temperature),
                ])
    }

    /// What an alarm's record holds, in the order in which `AlarmWriter` writes it.
    ///
    /// - Parameter isState: of each alarm the last record counts; else each record stands for itself.
    package func alarmSchema(isState: Bool) -> ResultSchema {
        let key = self.key.map { rule -> ResultField in
            ResultField(rule.name, rule.kind == .number ? .number : .text, isRequired: true, isKey: isState)
        }
        return ResultSchema(
            distinct: key + [
                ResultField("alarm", .text, isRequired: true, isKey: isState),
                ResultField("event", .text, isRequired: true), ResultField("level", .text),
                ResultField("from", .text, column: "from_level"),
                ResultField("severity", .whole, isRequired: true), ResultField("value", .number, role: .value),
                ResultField("limit", .number, column: "limit_value"), ResultField("unit", .text),
                ResultField(time, .time, isRequired: true, role: .time), ResultField("since", .time, isRequired: true),
                ResultField("peak", .number), ResultField("peak_time", .time), ResultField("tell", .text),
                ResultField("response", .text), ResultField("reading_topic", .text, isRequired: true),
                ResultField("reading_partition", .whole, isRequired: true),
                ResultField("reading_offset", .whole, isRequired: true),
            ])
    }
}
