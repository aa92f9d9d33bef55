import KappaCore

/// Writes batches until they are in, whatever the connection does meanwhile.
///
/// After a failure nothing is assumed: the positions in the store say whether a transaction whose end was not heard of
/// took place. Only the store's refusal of data ever becomes a dead letter; trouble with the store itself is waited
/// out.
package final class StoreWriter {
    /// What a person may want to know while it happens.
    package enum Notice: Sendable, Equatable {
        /// Said once for a run of failures.
        case trouble(StoreError)
        case recovered(after: Duration)
    }

    package let target: ViewTarget
    private let open: () throws(StoreError) -> any ViewStore
    private let notice: (Notice) -> Void
    /// Waits, and says whether it was asked to stop.
    private let wait: (Duration) -> Bool
    private var current: (any ViewStore)?
    private var troubleBegan: ContinuousClock.Instant?
    private var delay = StoreWriter.firstDelay
    /// Retries so far, for the statistics.
    package private(set) var retries = 0

    private static let firstDelay = Duration.milliseconds(50)
    private static let longestDelay = Duration.seconds(5)

    package init(
        target: ViewTarget, open: @escaping () throws(StoreError) -> any ViewStore, notice: @escaping (Notice) -> Void,
        wait: @escaping (Duration) -> Bool
    ) {
        self.target = target
        self.open = open
        self.notice = notice
        self.wait = wait
    }

    package convenience init(
        address: StoreAddress, target: ViewTarget, notice: @escaping (Notice) -> Void,
        wait: @escaping (Duration) -> Bool
    ) {
        self.init(
            target: target, open: { () throws(StoreError) in try address.open(for: .writing) }, notice: notice,
            wait: wait)
    }

    /// Runs work on the store that may be repeated as a whole.
    package func run<Answer>(_ work: (any ViewStore) throws(StoreError) -> Answer) throws(StoreError) -> Answer {
        while true {
            do {
                let answer = try work(try store())
                recover()
                return answer
            } catch  where error.isTransient {
                try retry(after: error)
            }
        }
    }

    /// Puts the batch in and moves the positions on; returns when it is known whether that happened.
    package func write(
        _ batch: RowBatch, to target: ViewTarget? = nil, advancing advances: [SinkAdvance]
    ) throws(StoreError) -> WriteOutcome {
        let target = target ?? self.target
        var isUnsure = false
        return try run { (store) throws(StoreError) in
            if isUnsure, let outcome = try outcome(of: batch, advances, in: store) { return outcome }
            isUnsure = true
            return try store.write(batch, to: target, advancing: advances)
        }
    }

    /// What became of an attempt whose end was not heard of; nil where it did not take place.
    private func outcome(
        of batch: RowBatch, _ advances: [SinkAdvance], in store: any ViewStore
    ) throws(StoreError) -> WriteOutcome? {
        let positions = try store.positions(of: target)
        var stands: [TopicPartition: Int64] = [:]
        for position in positions { stands[position.source] = position.nextOffset }
        if advances.allSatisfy({ stands[$0.source] == $0.from }) { return nil }
        guard advances.allSatisfy({ stands[$0.source] == $0.to }) else { return .fenced }
        return .stored(rows: batch.rowCount, refused: batch.refusalCount)
    }

    private func store() throws(StoreError) -> any ViewStore {
        if let current { return current }
        let opened = try open()
        current = opened
        return opened
    }

    private func retry(after error: StoreError) throws(StoreError) {
        retries += 1
        if error.code == .connection { current = nil }
        if troubleBegan == nil {
            troubleBegan = .now
            notice(.trouble(error))
        }
        // A random part keeps sinks that failed together from coming back together.
        guard !wait(delay * Double.random(in: 0.5...1)) else {
            throw StoreError(.stopped, "stopped while waiting for the store: \(error.message)")
        }
        delay = min(delay * 2, StoreWriter.longestDelay)
    }

    private func recover() {
        delay = StoreWriter.firstDelay
        guard let began = troubleBegan else { return }
        troubleBegan = nil
        notice(.recovered(after: ContinuousClock.now - began))
    }
}
