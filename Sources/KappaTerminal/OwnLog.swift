import Glibc
import Synchronization

/// The file that a program in the background writes its words to. When it has grown large it is kept once, beside the
/// new one, so that it never fills the disk however long the program runs.
final class OwnLog: Sendable {
    static let largest = 10 << 20

    private let path: String
    private let descriptor: Int32
    private let bytes: Int
    private let turn = Mutex(())

    /// Nil where the descriptor goes elsewhere: to a terminal, or to a file of somebody who looks after it.
    init?(_ path: String, descriptor: Int32, bytes: Int = OwnLog.largest) {
        guard let there = OwnLog.status({ stat(path, &$0) }), let own = OwnLog.status({ fstat(descriptor, &$0) }),
            OwnLog.isSame(there, own)
        else { return nil }
        (self.path, self.descriptor, self.bytes) = (path, descriptor, bytes)
    }

    private static func status(_ read: (inout stat) -> Int32) -> stat? {
        var status = stat()
        return read(&status) == 0 ? status : nil
    }

    private static func isSame(_ one: stat, _ other: stat) -> Bool {
        one.st_dev == other.st_dev && one.st_ino == other.st_ino
    }

    func putAsideIfLarge() {
        turn.withLock { _ in
            guard let old = OwnLog.status({ fstat(descriptor, &$0) }), old.st_size > bytes,
                let there = OwnLog.status({ stat(path, &$0) }), OwnLog.isSame(there, old),
                rename(path, path + ".1") == 0
            else { return }
            let fresh = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard fresh >= 0 else { return }
            // Standard output mostly goes there, too.
            for number in [1, descriptor] {
                guard let one = OwnLog.status({ fstat(number, &$0) }), OwnLog.isSame(one, old) else { continue }
                dup2(fresh, number)
            }
            close(fresh)
        }
    }
}
