import Glibc
import Synchronization

/// The programs that tests have started and that have not ended. What still runs when the test process ends in the
/// usual way is ended with it: a scene that several tests share is let go by nobody.
enum LivingChildren {
    private static let pids = Mutex<Set<Int32>>([])

    private static let endsWithUs: Void = {
        atexit {
            for pid in LivingChildren.pids.withLock({ $0 }) { kill(pid, SIGKILL) }
        }
    }()

    static func add(_ pid: Int32) {
        _ = endsWithUs
        pids.withLock { _ = $0.insert(pid) }
    }

    /// Its number may be given to another program from here on.
    static func remove(_ pid: Int32) { pids.withLock { _ = $0.remove(pid) } }
}
