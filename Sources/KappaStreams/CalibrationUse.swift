import KappaCore
import Synchronization

/// Which lines of a calibration a job's readings have come upon, and which keys came without a line.
///
/// Asked once for each key by each worker, so its lock is on nobody's way.
package final class CalibrationUse: Sendable {
    private struct State {
        var lines: Set<Int> = []
        var others: Set<[UInt8]> = []
    }

    /// A spelling is looked for among so many keys.
    private static let mostOthers = 10_000

    private let state = Mutex(State())

    func note(_ key: [UInt8], line: Int?) {
        state.withLock { state in
            if let line {
                state.lines.insert(line)
            } else if state.others.count < CalibrationUse.mostOthers {
                state.others.insert(key)
            }
        }
    }

    package var matchedLines: Set<Int> { state.withLock(\.lines) }

    /// Whether any reading has been looked up at all.
    package var isAny: Bool { state.withLock { !$0.lines.isEmpty || !$0.others.isEmpty } }

    /// The keys that came without a line, as a line would write them.
    package var otherKeys: [String] {
        state.withLock { $0.others }.map { key in
            key.withUnsafeBytes { bytes in
                var place = 0
                var fields: [String] = []
                while place + 3 <= bytes.count {
                    fields.append(String(decoding: KeyText.part(of: bytes, at: &place).text, as: UTF8.self))
                }
                return fields.joined(separator: ",")
            }
        }
    }
}
