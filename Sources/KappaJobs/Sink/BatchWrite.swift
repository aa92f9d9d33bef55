import KappaCore
import KappaStores
import Synchronization

/// A batch on its way into the store, on a thread of its own: the next one is filled meanwhile.
///
/// `@unchecked Sendable`: batch, writer and result belong to the thread until it was joined.
final class BatchWrite: @unchecked Sendable {
    let advances: [SinkAdvance]
    private let batch: RowBatch
    private let target: ViewTarget
    private let writer: StoreWriter
    private var result: Result<WriteOutcome, StoreError>?
    private var thread: WorkerThread?
    private let isOver = Atomic(false)

    init(_ batch: RowBatch, to target: ViewTarget, advancing advances: [SinkAdvance], by writer: StoreWriter) {
        self.advances = advances
        (self.batch, self.target, self.writer) = (batch, target, writer)
        thread = WorkerThread("kappa-store") { [unowned self] in
            do throws(StoreError) {
                result = .success(try self.writer.write(self.batch, to: self.target, advancing: self.advances))
            } catch {
                result = .failure(error)
            }
            isOver.store(true, ordering: .releasing)
        }
    }

    deinit { thread?.join() }

    /// Whether `finish` would return at once.
    var isDone: Bool { isOver.load(ordering: .acquiring) }

    func finish() throws(StoreError) -> WriteOutcome {
        thread?.join()
        thread = nil
        guard let result else { preconditionFailure("a write ended without a result") }
        return try result.get()
    }
}
