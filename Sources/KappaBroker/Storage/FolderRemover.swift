import KappaCore
import KappaLog
import Synchronization

/// Removes the folders of deleted topics beside the event loop: unlinking large files takes the disk a while. A crash
/// leaves the rest to the next start, which knows such folders by their names.
final class FolderRemover: @unchecked Sendable {
    // Unchecked: `thread` belongs to the owner's thread; what both know is in a Mutex.

    private struct Work {
        var waiting: [String] = []
        var isRunning = false
    }

    private let work = Mutex(Work())
    private let say: @Sendable (String) -> Void
    private var thread: WorkerThread?

    init(say: @escaping @Sendable (String) -> Void) { self.say = say }

    func remove(_ folders: [String]) {
        guard !folders.isEmpty else { return }
        let mustStart = work.withLock { work in
            work.waiting += folders
            defer { work.isRunning = true }
            return !work.isRunning
        }
        guard mustStart else { return }
        thread?.join()
        do {
            thread = try WorkerThread.begin("kappa-remove") { [self] in run() }
        } catch {
            // The next start removes them.
            say("\(error)")
            work.withLock { $0.isRunning = false }
        }
    }

    func waitForEnd() {
        thread?.join()
        thread = nil
    }

    private func run() {
        while let folder = next() {
            do {
                try PartitionLog.remove(directory: folder)
            } catch {
                say("\(folder), of a deleted topic, could not be removed: \(error)")
            }
        }
    }

    private func next() -> String? {
        work.withLock { work in
            guard !work.waiting.isEmpty else {
                work.isRunning = false
                return nil
            }
            return work.waiting.removeLast()
        }
    }
}
