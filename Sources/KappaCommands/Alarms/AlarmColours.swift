import KappaJobs
import KappaStreams
import KappaTerminal

/// The colours of levels: the more severe, the nearer to red.
enum AlarmColours {
    /// The level's name, or that of a sensor's silence.
    static func cell(_ record: AlarmRecord) -> Cell {
        guard record.isRaised else { return .text("-") }
        return .styled(record.level ?? record.side.rawValue, Style.ofLevel(severity: record.severity) ?? .dim)
    }
}
