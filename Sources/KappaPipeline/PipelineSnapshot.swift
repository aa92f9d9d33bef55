import KappaCore
import KappaSimulation

/// What can be said of a pipeline at one moment: the one thing that the screen, the log lines, `kappa status` and the
/// metrics are made of.
package struct PipelineSnapshot: Equatable {
    package struct Stage: Equatable {
        package var name: String
        /// `running`, `starting`, `resting`, `draining`, `stopping`, `done`.
        package var state: String
        package var restarts = 0
        package var pids: [Int32] = []
        /// A second; nil where nothing is counted.
        package var rate: Double?
        package var lag: Int64?
        package var total: Int64?
        /// Of what: `readings`, `windows`, `rows`.
        package var unit = ""
        package var note = ""
    }

    package struct Latest: Equatable {
        package var instrument: String
        package var borehole: String
        package var value: Double
        package var units: String
        package var time: String
        /// The values of this borehole, the newest last.
        package var trend: [Double]
    }

    package var elapsed = Duration.zero
    package var title = ""
    /// An alarm that stands.
    package struct Alarm: Sendable, Equatable {
        package var name: String
        package var level: String
        package var severity: Int
        package var value: Double?
        package var unit: String
        package var since: String
        package var tell: String

        package init(
            name: String, level: String, severity: Int, value: Double?, unit: String, since: String, tell: String
        ) {
            (self.name, self.level, self.severity, self.value) = (name, level, severity, value)
            (self.unit, self.since, self.tell) = (unit, since, tell)
        }
    }

    package var stages: [Stage] = []
    package var latest: [Latest] = []
    /// How many alarms stand, and the worst of them; nil where nobody watches.
    package var alarmCount: Int?
    package var alarms: [Alarm] = []
    package var books = PipelineBooks()
    /// Commands worth typing.
    package var hints: [String] = []
    /// What the stages said, the newest last.
    package var log: [String] = []

    package init() {}
}

/// Where every reading went.
package struct PipelineBooks: Equatable {
    /// Records in the raw topic.
    package var produced: Int64 = 0
    /// Readings in stored windows: the sum of their counts.
    package var stored: Int64 = 0
    package var windows: Int64 = 0
    package var late: Int64 = 0
    package var dead: Int64 = 0
    /// Whether the log and the store have been read to their ends: until then no figure can be held against another.
    var isComplete = true

    /// Not in any of the three yet: unread, or in an open window.
    package var open: Int64 { produced - stored - late - dead }

    package var addUp: Bool { open == 0 }

    package var sentence: String {
        guard isComplete else { return "still counting what is there" }
        let parts =
            "\(stored.grouped) stored + \(late.grouped) late + \(dead.grouped) dead"
        let rest = open == 0 ? "" : open > 0 ? " + \(open.grouped) open" : " − \(open.magnitude.grouped) too many"
        return "\(produced.grouped) produced = \(parts)\(rest)"
    }
}

extension BinaryInteger {
    /// `1,234,567`.
    package var grouped: String {
        let digits = String(magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return self < 0 ? "-" + result : result
    }
}
