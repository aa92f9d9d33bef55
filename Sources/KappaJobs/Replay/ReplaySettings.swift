package import KappaCore
package import KappaKafka

/// What a replay of a topic is told.
package struct ReplaySettings: Sendable {
    package let kafka: KafkaConfiguration
    package let source: String
    package let target: String
    package let range: OffsetRange
    package let speed: ReplaySpeed
    package let predicates: [FieldPredicate]
    package let shiftsToNow: Bool
    package let timeField: FieldPath
    package let creates: Bool
    /// The replay's name: of its group and of its transactions.
    package let id: String
    /// What decides which records are written and how; a replay of another fingerprint is not continued.
    let fingerprint: String

    /// - Parameter name: nil makes one of what is asked for, so that the same words go on with the same replay.
    package init(
        _ kafka: KafkaConfiguration, from source: String, into target: String, range: OffsetRange = OffsetRange(),
        speed: ReplaySpeed = .most, predicates: [FieldPredicate] = [], shiftsToNow: Bool = false,
        timeField: FieldPath = FieldPath("timestamp")!, creates: Bool = true, name: String? = nil
    ) throws {
        self.kafka = kafka
        (self.source, self.target, self.range, self.speed) = (source, target, range, speed)
        (self.predicates, self.shiftsToNow, self.timeField) = (predicates, shiftsToNow, timeField)
        self.creates = creates
        let rules = [source, target, shiftsToNow ? timeField.description : ""] + predicates.map(\.description)
        fingerprint = Fingerprint.of(rules)
        let bounds = [range.start, range.end].map { $0.map { "\($0)" } ?? "" }
        id = "kappa.replay." + (name ?? "\(source).\(target).\(Fingerprint.of(rules + bounds))")
        guard source != target else {
            throw JobFailure(
                usage: "a replay of '\(source)' into itself would double it", hint: "name another topic with --into")
        }
    }
}
