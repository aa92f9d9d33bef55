import KappaCore
import KappaRecords
import KappaWire
import Synchronization

/// Reads the partitions that one broker leads, in a thread of its own, into the queue that all brokers share.
///
/// Unchecked: the cursors belong to the thread; the connection, which `stop` may interrupt, is behind a lock.
final class BrokerReader: @unchecked Sendable {
    private let broker: BrokerAddress
    private let clientId: String
    private let signIn: SignIn?
    private let committedOnly: Bool
    private let queue: FetchQueue
    private let visit: LogReading.Visit
    private var cursors: [SourceCursor]
    private let connection = Mutex<BrokerConnection?>(nil)
    private var thread: WorkerThread?
    private var version: Int16 = 0
    /// Since when there has been no connection, and how long the next try waits.
    private var downSince: ContinuousClock.Instant?
    private var pauses = BackOff(from: .milliseconds(50), to: .seconds(1))
    /// How long the broker may wait for a record: longer the longer there has been none.
    private var waits = BackOff(from: .milliseconds(100), to: .seconds(1))

    /// A broker that has been gone for so long may have lost its partitions to another.
    private let patience: Duration
    private static let partitionBytes: Int32 = 512 << 10
    private static let answerBytes: Int32 = 2 << 20

    init(
        _ broker: BrokerAddress, clientId: String, signIn: SignIn?, cursors: [SourceCursor], patience: Duration,
        committedOnly: Bool, queue: FetchQueue, visit: @escaping LogReading.Visit
    ) {
        self.broker = broker
        self.clientId = clientId
        self.signIn = signIn
        self.cursors = cursors
        self.patience = patience
        self.committedOnly = committedOnly
        self.queue = queue
        self.visit = visit
        thread = WorkerThread("kappa-read") { [unowned self] in run() }
    }

    /// Comes after the queue was stopped; returns when the thread has ended.
    func stop() {
        connection.withLock { $0?.interrupt() }
        thread?.join()
        thread = nil
    }

    private func run() {
        while !queue.isStopped {
            let failure = read()
            guard !queue.isStopped else { return }
            connection.withLock { $0 = nil }
            guard failure.kind == .unreachable, !isLongGone() else {
                queue.put(.failed(failure))
                return
            }
            guard queue.put(.trouble(failure.message)), queue.rest(pauses.pause()) else { return }
        }
    }

    private func isLongGone() -> Bool {
        let since = downSince ?? .now
        downSince = since
        return since.duration(to: .now) > patience
    }

    /// Reads until something goes wrong.
    private func read() -> ConnectionFailure {
        do throws(ConnectionFailure) {
            let made = try BrokerConnection(broker, clientId: clientId, signIn: signIn)
            connection.withLock { $0 = made }
            // A stop that came before has not interrupted it.
            guard !queue.isStopped else { return ConnectionFailure("it is over") }
            try made.negotiate()
            version = try made.version(of: FetchRequest.self)
            downSince = nil
            pauses.reset()
            waits.reset()
            try ask(made)
            while !queue.isStopped, !made.mustRenew { try hear(made) }
            // Another connection signs in anew, and reads on where this one has been heard to.
            if made.mustRenew { return ConnectionFailure("the sign-in runs out", kind: .unreachable) }
            return ConnectionFailure("it is over")
        } catch {
            return error
        }
    }

    private func ask(_ connection: BrokerConnection) throws(ConnectionFailure) {
        var request = FetchRequest()
        request.maxWaitMs = Int32(clamping: waits.coming.wholeMilliseconds)
        request.minBytes = 1
        request.maxBytes = BrokerReader.answerBytes
        request.isolationLevel = committedOnly ? 1 : 0
        for cursor in cursors {
            var partition = FetchRequest.Partition()
            partition.partition = cursor.partition
            partition.fetchOffset = cursor.offset
            partition.partitionMaxBytes = BrokerReader.partitionBytes
            if request.topics.last?.topic != cursor.topic {
                request.topics.append(FetchRequest.Topic())
                request.topics[request.topics.count - 1].topic = cursor.topic
            }
            request.topics[request.topics.count - 1].partitions.append(partition)
        }
        try connection.send(request, version: version)
        // The broker fills an answer from the front: each partition comes first in turn.
        cursors.append(cursors.removeFirst())
    }

    /// Takes an answer, and asks for what follows it before its batches are opened.
    private func hear(_ connection: BrokerConnection) throws(ConnectionFailure) {
        let answer = try connection.receive(FetchResponse.self, version: version)
        guard answer.errorCode == .noError else {
            throw ConnectionFailure("\(broker): answered a fetch with \(answer.errorCode.name)")
        }
        var found: [(source: Int, batches: [SourceCursor.Found], end: Int64?)] = []
        for topic in answer.responses {
            for partition in topic.partitions {
                guard
                    let index = cursors.firstIndex(where: {
                        $0.partition == partition.partitionIndex && $0.topic == topic.topic
                    })
                else { continue }
                let batches = try cursors[index].advance(over: partition)
                let end = cursors[index].endToTell(partition, committedOnly: committedOnly)
                found.append((cursors[index].source, batches, end))
            }
        }
        if found.allSatisfy({ $0.batches.isEmpty }) { _ = waits.pause() } else { waits.reset() }
        if answer.throttleTimeMs > 0 { _ = queue.rest(.milliseconds(Int(answer.throttleTimeMs))) }
        try ask(connection)
        for part in found {
            for batch in part.batches { try give(batch, of: part.source) }
            if let end = part.end { queue.put(.end(source: part.source, offset: end)) }
        }
    }

    private func give(_ found: SourceCursor.Found, of source: Int) throws(ConnectionFailure) {
        let block = queue.emptyBlock()
        do throws(RecordBatch.Damage) {
            try block.load(found.batch, source: source, from: found.from)
        } catch {
            throw ConnectionFailure("\(broker): the batch at \(found.batch.baseOffset) \(error.words)")
        }
        try visit(block)
        queue.put(.block(block))
    }
}
