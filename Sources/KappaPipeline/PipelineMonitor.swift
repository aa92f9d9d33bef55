import KappaCore
package import KappaKafka
package import KappaStores
import Synchronization

/// Reads the figures of a running pipeline from where they are true: the log and the store.
///
/// The stages' own words are not asked; what is in the topics and in the table is. A thread of its own does the
/// blocking calls, and leaves the newest figures for whoever looks.
package final class PipelineMonitor: Sendable {
    package struct Figures: Sendable, Equatable {
        package var books = PipelineBooks(isComplete: false)
        package var latest: [PipelineSnapshot.Latest] = []
        /// How many alarms stand, and the worst of them; nil where nobody watches.
        var alarmCount: Int?
        var alarms: [PipelineSnapshot.Alarm] = []
        /// Whether the log and the store have answered in this round.
        var sawLog = false
        var sawStore = false
        /// How many rounds there have been.
        package var round = 0
    }

    package struct Places: Sendable {
        package var kafka: KafkaConfiguration
        package var store: StoreAddress
        package var input: String
        package var late: String
        package var dead: String
        /// Jobs beside the first: they read the same input, and what they refuse is in nobody's books.
        package var otherJobs: [String] = []
        /// Whether a job of alarms belongs to the pipeline.
        package var hasAlarms = false

        package init(
            kafka: KafkaConfiguration, store: StoreAddress, input: String, late: String, dead: String,
            otherJobs: [String] = []
        ) {
            self.kafka = kafka
            self.store = store
            self.input = input
            self.late = late
            self.dead = dead
            self.otherJobs = otherJobs
        }
    }

    private let newest = Mutex(Figures())
    private let isStopping = Monitor(false)
    package let places: Places

    package init(_ places: Places) {
        self.places = places
    }

    package var figures: Figures { newest.withLock { $0 } }

    package func start(every pause: Duration) {
        WorkerThread("kappa-monitor") { [self] in
            let log = LogReader(places)
            let view = ViewReader(places.store)
            let alarms = places.hasAlarms ? StandingAlarms(places.kafka) : nil
            repeat {
                // The view is counted before the log: a reading that is on its way between the two counts is missing in
                // the balance, but none is in it twice.
                let counts = view.read()
                publish(log.read(), counts)
                if let (count, worst) = alarms?.read() {
                    newest.withLock { ($0.alarmCount, $0.alarms) = (count, worst) }
                }
            } while !isStopping.wait(pause)
        }.detach()
    }

    /// The thread ends after its round.
    package func stop() { isStopping.raise() }

    private func publish(_ log: LogReader.Counts?, _ view: ViewReader.Counts?) {
        newest.withLock { figures in
            figures.round += 1
            (figures.sawLog, figures.sawStore) = (log != nil, view != nil)
            if let log {
                (figures.books.produced, figures.books.late, figures.books.dead) = (log.input, log.late, log.dead)
            }
            if let view {
                (figures.books.stored, figures.books.windows) = (view.readings, view.windows)
                figures.latest = view.latest
            }
            if let log, view != nil, log.isComplete { figures.books.isComplete = true }
        }
    }
}

/// Counts the records of the raw topic, the late and the dead ones.
///
/// The raw topic's are told by its end offsets: its producers are idempotent, not transactional, so every offset is a
/// record. The others are written in transactions, whose markers take offsets too; their records are read and counted.
final class LogReader {
    struct Counts: Equatable {
        var input: Int64 = 0
        var late: Int64 = 0
        var dead: Int64 = 0
        /// Whether late and dead have been read to their ends, once.
        var isComplete = false
    }

    private let places: PipelineMonitor.Places
    private var tail: TopicTail?
    private var assigned: Set<TopicPartition> = []
    private var ends: [TopicPartition: Int64] = [:]
    private var counts = Counts()
    /// The ends that were found at first.
    private var goal: [TopicPartition: Int64]?

    init(_ places: PipelineMonitor.Places) {
        self.places = places
    }

    /// nil when the brokers do not answer.
    func read() -> Counts? {
        do {
            let tail = try self.tail ?? TopicTail(places.kafka)
            self.tail = tail
            try assign(tail)
            try count(tail, until: .now + .milliseconds(300))
            if !counts.isComplete {
                let goal = try self.goal ?? ends(tail)
                self.goal = goal
                counts.isComplete = isAtEnd(goal)
            }
            counts.input = try end(of: places.input, tail.consumer.client)
            return counts
        } catch {
            return nil
        }
    }

    /// Reads late and dead to their ends as they are now: for the books, which must be exact.
    func readToEnd(patience: Duration) throws -> Counts {
        let deadline = ContinuousClock.now + patience
        let tail = try self.tail ?? TopicTail(places.kafka)
        self.tail = tail
        counts.input = try end(of: places.input, tail.consumer.client)
        try assign(tail)
        let wanted = try ends(tail)
        while !isAtEnd(wanted) {
            guard ContinuousClock.now < deadline else {
                throw PipelineFailure("\(places.late) and \(places.dead) could not be counted in time", kind: .timedOut)
            }
            try count(tail, until: .now + .milliseconds(200))
        }
        return counts
    }

    private func ends(_ tail: TopicTail) throws -> [TopicPartition: Int64] {
        try tail.consumer.client.watermarks(of: Array(assigned)).mapValues(\.high)
    }

    private func isAtEnd(_ wanted: [TopicPartition: Int64]) -> Bool {
        wanted.allSatisfy { ends[$0.key] ?? 0 >= $0.value || $0.value <= 0 }
    }

    private func end(of topic: String, _ client: KafkaClient) throws -> Int64 {
        try client.watermarks(of: try client.partitions(of: topic)).values.reduce(0) { $0 + $1.high }
    }

    /// Partitions that are new are read from their beginning; the others go on.
    private func assign(_ tail: TopicTail) throws {
        let known = try tail.consumer.client.metadata().topics.filter { $0.error == nil }
        let wanted = known.filter { $0.name == places.late || $0.name == places.dead }
            .flatMap { topic in topic.partitions.map { TopicPartition(topic.name, $0.id) } }
        guard Set(wanted) != assigned else { return }
        assigned = Set(wanted)
        try tail.begin(wanted.map { TopicTail.Span($0, from: ends[$0] ?? PartitionOffset.beginning) })
    }

    private func isOfAnotherJob(_ message: Message) -> Bool {
        guard !places.otherJobs.isEmpty, let job = message.headers.first(where: { $0.name == "kappa.job" })?.value
        else { return false }
        return places.otherJobs.contains { $0.utf8.elementsEqual(job) }
    }

    /// Until nothing more comes, or so long at most.
    private func count(_ tail: TopicTail, until deadline: ContinuousClock.Instant) throws {
        var events = 0
        repeat {
            events = try tail.read(within: .milliseconds(50)) { event in
                switch event {
                case .record(let message, let at):
                    ends[at] = message.offset + 1
                    guard !isOfAnotherJob(message) else { return }
                    if at.topic == places.late { counts.late += 1 } else { counts.dead += 1 }
                case .end(let at, let offset): ends[at] = max(ends[at] ?? 0, offset)
                }
            }
        } while events > 0 && ContinuousClock.now < deadline
    }
}
