package import KappaCore
package import KappaStreams

/// What somebody may do about alarms as they stand, whoever asks for it.
extension AlarmAccount {
    package enum Acknowledging: Sendable {
        case acknowledges([AlarmAction])
        /// Somebody has done it before.
        case isDone(AlarmAction)
    }

    /// Who does something about an alarm, and with which words.
    package struct Person: Sendable {
        package var name: String
        package var comment: String

        package init(name: String, comment: String) {
            self.name = name
            self.comment = comment
        }
    }

    /// Takes note of the alarms of a sensor that nobody has taken note of.
    ///
    /// - Parameter side: one of the sensor's alarms; nil for all of them.
    package func acknowledging(
        _ sensor: String, _ side: AlarmSide?, by person: Person, at now: Timestamp
    ) throws -> Acknowledging {
        let standings = standings.filter { standing in
            standing.record.sensor == sensor && standing.record.isRaised
                && standing.record.side == side ?? standing.record.side
        }
        guard !standings.isEmpty else {
            throw JobFailure(
                "'\(sensor)' has no active alarm", kind: .failed, hint: "'kappa alarms list' shows the active ones")
        }
        let open = standings.filter { $0.acknowledgement == nil }
        if let done = standings.compactMap(\.acknowledgement).first, open.isEmpty { return .isDone(done) }
        return .acknowledges(
            open.map { standing in
                var action = AlarmAction(
                    .acknowledged, of: standing.record.name, at: now, by: person.name, comment: person.comment)
                (action.since, action.severity) = (standing.record.since, standing.record.severity)
                return action
            })
    }

    /// Puts a sensor's alarms aside until a time; nil takes them off the shelf.
    package func shelving(
        _ sensor: String, _ side: AlarmSide?, until end: Timestamp?, by person: Person, at now: Timestamp
    ) throws -> AlarmAction {
        let name = side.map { "\(sensor)|\($0.rawValue)" } ?? sensor
        guard let end else {
            return AlarmAction(.unshelved, of: name, at: now, by: person.name, comment: person.comment)
        }
        guard end > now else { throw JobFailure("--for, --until: that time is over already", kind: .usage) }
        // A sensor that is misspelt would go on telling everybody.
        guard standings.contains(where: { $0.record.sensor == sensor }) else {
            throw JobFailure(
                "there has been no alarm of '\(sensor)'", kind: .failed,
                hint: "'kappa alarms list --all' shows the sensors that had any")
        }
        var action = AlarmAction(.shelved, of: name, at: now, by: person.name, comment: person.comment)
        action.until = end
        return action
    }
}
