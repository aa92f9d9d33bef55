import KappaCore
import KappaSimulation

/// What can be said of a pipeline at one moment: the one thing that the screen, the log lines, `kappa status` and the
/// metrics are made of.
struct PipelineSnapshot: Equatable {
    struct Stage: Equatable {
        var name: String
        /// `running`, `starting`, `resting`, `draining`, `stopping`, `done`.
        var state: String
        var restarts = 0
        var pids: [Int32] = []
        /// A second; nil where nothing is counted.
        var rate: Double?
        var lag: Int64?
        var total: Int64?
        /// Of what: `readings`, `windows`, `rows`.
        var unit = ""
        var note = ""
    }

    struct Latest: Equatable {
        var instrument: String
        var borehole: String
        var value: Double
        var units: String
        var time: String
        /// The values of this borehole, the newest last.
        var trend: [Double]
    }

    var elapsed = Duration.zero
    var title = ""
    var stages: [Stage] = []
    var latest: [Latest] = []
    var books = PipelineBooks()
    /// Commands worth typing.
    var hints: [String] = []
    /// What the stages said, the newest last.
    var log: [String] = []
}

/// Where every reading went.
struct PipelineBooks: Equatable {
    /// Records in the raw topic.
    var produced: Int64 = 0
    /// Readings in stored windows: the sum of their counts.
    var stored: Int64 = 0
    var windows: Int64 = 0
    var late: Int64 = 0
    var dead: Int64 = 0
    /// Whether the log and the store have been read to their ends: until then no figure can be held against another.
    var isComplete = true

    /// Not in any of the three yet: unread, or in an open window.
    var open: Int64 { produced - stored - late - dead }

    var addUp: Bool { open == 0 }

    var sentence: String {
        guard isComplete else { return "still counting what is there" }
        let parts =
            "\(stored.grouped) stored + \(late.grouped) late + \(dead.grouped) dead"
        let rest = open == 0 ? "" : open > 0 ? " + \(open.grouped) open" : " − \(open.magnitude.grouped) too many"
        return "\(produced.grouped) produced = \(parts)\(rest)"
    }
}

extension BinaryInteger {
    /// `1,234,567`.
    var grouped: String {
        let digits = String(magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return self < 0 ? "-" + result : result
    }
}
