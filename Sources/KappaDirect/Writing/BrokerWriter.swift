import Glibc
import KappaCore
import KappaRecords
import KappaWire

/// Packs batches and sends them to one broker, in a thread of its own.
///
/// Nothing is sent twice: after the first trouble it sends nothing more, and says what it was whenever it is asked.
/// Unchecked: every mutable field is read and written under the lock, but for those of the thread.
final class BrokerWriter: @unchecked Sendable {
    private let broker: BrokerAddress
    private let settings: TransactionSettings
    private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Something came, or was done, or it is over.
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [OutgoingBatch] = []
    /// The bytes of what waits and of what is on its way, before they are packed.
    private var size = 0
    private var spare: [OutgoingBatch] = []
    private var failure: ConnectionFailure?
    private var stopped = false
    private var connection: BrokerConnection?
    private var thread: WorkerThread?

    private static let limit = 2 << 20
    private static let largestRequest = 768 << 10

    init(_ broker: BrokerAddress, _ settings: TransactionSettings) {
        self.broker = broker
        self.settings = settings
        pthread_mutex_init(lock, nil)
        pthread_cond_init(changed, nil)
        thread = WorkerThread { [unowned self] in run() }
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(lock)
        changed.deallocate()
        lock.deallocate()
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        return body()
    }

    // MARK: The gathering side

    func emptyBatch() -> OutgoingBatch { locked { spare.popLast() } ?? OutgoingBatch() }

    /// Waits for room, then takes the batch over.
    func put(_ batch: OutgoingBatch) throws(ConnectionFailure) {
        let trouble = locked {
            while size >= BrokerWriter.limit, failure == nil { pthread_cond_wait(changed, lock) }
            waiting.append(batch)
            size += batch.builder.size
            pthread_cond_broadcast(changed)
            return failure
        }
        if let trouble { throw trouble }
    }

    /// Waits until the broker has taken everything.
    func flush() throws(ConnectionFailure) {
        let trouble = locked {
            while size > 0, failure == nil { pthread_cond_wait(changed, lock) }
            return failure
        }
        if let trouble { throw trouble }
    }

    /// Throws what has gone wrong meanwhile.
    func check() throws(ConnectionFailure) {
        if let failure = locked({ failure }) { throw failure }
    }

    func stop() {
        locked {
            stopped = true
            connection?.interrupt()
            pthread_cond_broadcast(changed)
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
                return fail(error)
            }
            locked {
                for batch in request {
                    size -= batch.builder.size
                    if spare.count < 8 { spare.append(batch) }
                }
                pthread_cond_broadcast(changed)
            }
        }
    }

    private func fail(_ error: ConnectionFailure) {
        locked {
            failure = error
            pthread_cond_broadcast(changed)
        }
    }

    /// The next request: as much as waits, one batch of each partition. False when it is over.
    private func take(_ request: inout [OutgoingBatch]) -> Bool {
        locked {
            while waiting.isEmpty, !stopped { pthread_cond_wait(changed, lock) }
            guard !stopped else { return false }
            request.removeAll(keepingCapacity: true)
            var bytes = 0
            while let next = waiting.first {
                bytes += next.builder.size
                let isTaken = request.contains { $0.partition == next.partition && $0.topic == next.topic }
                guard request.isEmpty || !isTaken && bytes <= BrokerWriter.largestRequest else { break }
                request.append(waiting.removeFirst())
            }
            return true
        }
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
    private func rest(_ duration: Duration) {
        var until = duration.deadline(on: CLOCK_REALTIME)
        locked { while !stopped, pthread_cond_timedwait(changed, lock, &until) == 0 {} }
    }

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
        if let connection, !connection.isStale { return connection }
        let made = try BrokerConnection(
            broker, clientId: settings.clientId, signIn: settings.signIn, patience: settings.patience)
        let isOver = locked {
            connection = made
            return stopped
        }
        // A stop that came before has not interrupted it.
        guard !isOver else { throw ConnectionFailure("it is over") }
        try made.negotiate()
        return made
    }
}
