import Glibc
import Synchronization

/// Places where a test lets the program die, by name: `KAPPA_FAILPOINT=after-produce` or `…:3` for the third time.
/// Only debug builds have them.
package enum FailPoint: String {
    case afterProduce = "after-produce"
    case afterOffsets = "after-offsets"
    case commitUnanswered = "commit-unanswered"
    case afterCommit = "after-commit"
    case whileRebuilding = "while-rebuilding"
    case onRevoke = "on-revoke"
    case afterTick = "after-tick"
    case startRecorded = "start-recorded"
    case startProcessed = "start-processed"
    case switchChecked = "switch-checked"
    case switchPointed = "switch-pointed"
    case switchShown = "switch-shown"
    case dropStored = "drop-stored"
    case dropTopics = "drop-topics"
    case alarmSent = "alarm-sent"

    #if DEBUG
        private static let wanted: (name: String, count: Int)? = {
            guard let text = getenv("KAPPA_FAILPOINT") else { return nil }
            let parts = String(cString: text).split(separator: ":")
            guard let name = parts.first else { return nil }
            return (String(name), parts.count == 2 ? Int(parts[1]) ?? 1 : 1)
        }()
        private static let hits = Atomic(0)
    #endif

    /// Whether this is the place and the time. The caller may do a last thing before `die`.
    @inline(__always)
    package static func isDue(_ point: FailPoint) -> Bool {
        #if DEBUG
            guard let wanted, wanted.name == point.rawValue else { return false }
            return hits.add(1, ordering: .relaxed).newValue == wanted.count
        #else
            return false
        #endif
    }

    package static func pass(_ point: FailPoint) {
        if isDue(point) { die() }
    }

    static func die() -> Never { _exit(86) }
}
