import KappaCore
import KappaRecords
import KappaWire

/// Packs batches and sends them to one broker, in a thread of its own.
///
/// Nothing is sent twice: after the first trouble it sends nothing more, and says what it was whenever it is asked.
final class BrokerWriter: @unchecked Sendable {
    // Unchecked: the thread's handle belongs to the one that made this, all else that changes is behind the lock.

    /// What changes when something comes, was done, or is over.
    private struct State {
        var waiting: [OutgoingBatch] = []
        /// The bytes of what waits and of what is on its way, before they are packed.
        var size = 0
        var spare: [OutgoingBatch] = []
        var failure: ConnectionFailure?
        var isStopped = false
        var connection: BrokerConnection?
    }

    private let broker: BrokerAddress
    private let settings: TransactionSettings
    private let state = Monitor(State())
    private var thread: WorkerThread?

    private static let limit = 2 << 20
    private static let largestRequest = 768 << 10

    init(_ broker: BrokerAddress, _ settings: TransactionSettings) {
        self.broker = broker
        self.settings = settings
        thread = WorkerThread("kappa-write") { [unowned self] in run() }
    }

    // MARK: The gathering side

    func emptyBatch() -> OutgoingBatch { state.look { $0.spare.popLast() } ?? OutgoingBatch() }

    /// Waits for room, then takes the batch over.
    func put(_ batch: OutgoingBatch) throws(ConnectionFailure) {
        let trouble: ConnectionFailure? = state.wait { state in
            guard state.size < BrokerWriter.limit || state.failure != nil else { return nil }
            state.waiting.append(batch)
            state.size += batch.builder.size
            return .some(state.failure)
        }
        state.change { _ in }
        if let trouble { throw trouble }
    }

    /// Waits until the broker has taken everything.
    func flush() throws(ConnectionFailure) {
        let trouble: ConnectionFailure? = state.wait { state in
            state.size > 0 && state.failure == nil ? nil : .some(state.failure)
        }
        if let trouble { throw trouble }
    }

    /// Throws what has gone wrong meanwhile.
    func check() throws(ConnectionFailure) {
        if let failure = state.look(\.failure) { throw failure }
    }

    func stop() {
        state.change {
            $0.isStopped = true
            $0.connection?.interrupt()
        }
        thread?.join()
        thread = nil
    }

    // MARK: The sending side

    private func run() {
        var request: [OutgoingBatch] = []
        while take(&request) {
            do throws(ConnectionFailure) {
                try send(request)
            } catch {
                return state.change { $0.failure = error }
            }
            state.change { state in
                for batch in request {
                    state.size -= batch.builder.size
                    if state.spare.count < 8 { state.spare.append(batch) }
                }
            }
        }
    }

    /// The next request: as much as waits, one batch of each partition. False when it is over.
    private func take(_ request: inout [OutgoingBatch]) -> Bool {
        let next: [OutgoingBatch]? = state.wait { state in
            if state.isStopped { return .some(nil) }
            guard !state.waiting.isEmpty else { return nil }
            return .some(BrokerWriter.request(from: &state.waiting))
        }
        request = next ?? []
        return next != nil
    }

    private static func request(from waiting: inout [OutgoingBatch]) -> [OutgoingBatch] {
        var request: [OutgoingBatch] = []
        var bytes = 0
        while let next = waiting.first {
            bytes += next.builder.size
            let isTaken = request.contains { $0.partition == next.partition && $0.topic == next.topic }
            guard request.isEmpty || !isTaken && bytes <= BrokerWriter.largestRequest else { break }
            request.append(waiting.removeFirst())
        }
        return request
    }

    private func send(_ batches: [OutgoingBatch]) throws(ConnectionFailure) {
        for batch in batches { batch.pack() }
        let answer = try ask(batches)
        for topic in answer.responses {
            for partition in topic.partitionResponses where partition.errorCode != .noError {
                let reason = partition.errorMessage.map { ": \($0)" } ?? ""
                throw ConnectionFailure(
                    "\(topic.name)[\(partition.index)]: the broker answered \(partition.errorCode.name)\(reason)",
                    code: partition.errorCode)
            }
        }
        if answer.throttleTimeMs > 0 { rest(.milliseconds(Int(answer.throttleTimeMs))) }
        guard answer.responses.reduce(0, { $0 + $1.partitionResponses.count }) == batches.count else {
            throw ConnectionFailure("\(broker): did not say what became of each partition")
        }
    }

    /// A broker that asks for a pause reads nothing before its end.
    private func rest(_ duration: Duration) { _ = state.wait(duration) { $0.isStopped ? true : nil } }

    private func ask(_ batches: [OutgoingBatch]) throws(ConnectionFailure) -> ProduceResponse {
        var request = ProduceRequest()
        request.transactionalId = settings.transactionalId
        request.acks = -1
        request.timeoutMs = Int32(clamping: settings.patience.wholeMilliseconds)
        request.topicData = batches.grouped(byTopic: \.topic).map { name, batches in
            var topic = ProduceRequest.Topic()
            topic.name = name
            topic.partitionData = batches.map { batch in
                var partition = ProduceRequest.Partition()
                partition.index = batch.partition
                partition.records = batch.packed
                return partition
            }
            return topic
        }
        return try connected().ask(request)
    }

    private func connected() throws(ConnectionFailure) -> BrokerConnection {
        if let connection = state.look(\.connection), !connection.isStale { return connection }
        let made = try BrokerConnection(
            broker, clientId: settings.clientId, signIn: settings.signIn, patience: settings.patience)
        let isOver = state.look { state in
            state.connection = made
            return state.isStopped
        }
        // A stop that came before has not interrupted it.
        guard !isOver else { throw ConnectionFailure("it is over") }
        try made.negotiate()
        return made
    }
}
