import KappaCore
import KappaJobs
import KappaKafka
import Synchronization

/// Follows the topics of alarms on a thread of its own, so that every page knows at once how they stand.
final class AlarmWatch: Sendable {
    struct View: Sendable {
        var account = AlarmAccount()
        /// Another one with each change, whatever changed.
        var version = 0
        /// Whether there is a topic of alarms at all.
        var isThere = false
        /// Whether everything up to the topics' ends has been read, or it is known that there are none.
        var isWhole = false
        var trouble: String?
    }

    let topic: String
    private let time: String
    private let configuration: KafkaConfiguration
    private let view = Mutex(View())
    private let isStopped = Monitor(false)
    private let thread = Mutex<WorkerThread?>(nil)

    /// How often it looks whether the topics are still those that it reads.
    private static let pause = Duration.seconds(5)

    init(topic: String, time: String = "timestamp", _ configuration: KafkaConfiguration) {
        self.topic = topic
        self.time = time
        self.configuration = configuration.defaulting([("fetch.wait.max.ms", "100")])
    }

    var now: View { view.withLock { $0 } }

    /// The same, once the topics have been read; what is not there in a moment is told as it is.
    var settled: View {
        let end = ContinuousClock.now + .seconds(5)
        while case let view = now, !view.isWhole, view.trouble == nil, ContinuousClock.now < end {
            if isStopped.wait(.milliseconds(20)) { break }
        }
        return now
    }
    var version: Int { view.withLock(\.version) }

    func start() { thread.withLock { $0 = WorkerThread("kappa-alarms") { [self] in run() } } }

    func stop() {
        isStopped.raise()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    private func run() {
        var following: Following?
        repeat {
            do {
                if try following?.isCurrent() != true { following = try begin() }
                try following?.read(for: AlarmWatch.pause, time: time, until: { isStopped.look { $0 } }) { publish($0) }
                if following == nil { _ = isStopped.wait(AlarmWatch.pause) }
            } catch {
                following = nil
                let message = (error as? any Failure)?.message ?? "\(error)"
                view.withLock { $0.trouble = message }
                _ = isStopped.wait(AlarmWatch.pause)
            }
        } while !isStopped.look { $0 }
    }

    /// From the topics' beginnings; nil where there are none yet.
    private func begin() throws -> Following? {
        let following = try Following(topic, configuration)
        view.withLock { view in
            view.isThere = following != nil
            view.trouble = nil
            view.isWhole = following == nil
            if following == nil, !view.account.isEmpty {
                view.account = AlarmAccount()
                view.version += 1
            }
        }
        return following
    }

    private func publish(_ account: AlarmAccount) {
        view.withLock { view in
            view.account = account
            view.version += 1
            view.isWhole = true
            view.trouble = nil
        }
    }
}

/// The topics as they were when reading began, and how far it has come.
private final class Following {
    private let alarms: String
    private let topics: [String]
    private let partitions: [TopicPartition]
    private let tail: TopicTail
    private var account = AlarmAccount()
    private var next: [TopicPartition: Int64] = [:]
    /// Partitions whose end, as it was at the beginning, has not been reached.
    private var ends: [TopicPartition: Int64] = [:]

    private static func topics(_ alarms: String) -> [String] {
        [alarms, AlarmAction.topic(of: alarms), TellingState.topic(of: alarms)]
    }

    init?(_ alarms: String, _ configuration: KafkaConfiguration) throws {
        tail = try TopicTail(configuration, capacity: 1024)
        let client = tail.consumer.client
        let known = Set(try client.metadata().topics.filter { $0.error == nil }.map(\.name))
        guard known.contains(alarms) else { return nil }
        self.alarms = alarms
        topics = Following.topics(alarms).filter(known.contains)
        partitions = try topics.flatMap { try client.partitions(of: $0) }
        for (at, marks) in try client.watermarks(of: partitions) where marks.high > marks.low {
            ends[at] = marks.high
        }
        try tail.begin(partitions.map { TopicTail.Span($0, from: PartitionOffset.beginning) })
    }

    /// False once a topic has come, has gone, was made anew or has got partitions.
    func isCurrent() throws -> Bool {
        let client = tail.consumer.client
        let known = Set(try client.metadata().topics.filter { $0.error == nil }.map(\.name))
        guard Following.topics(alarms).filter(known.contains) == topics else { return false }
        let now = try topics.flatMap { try client.partitions(of: $0) }
        guard now == partitions else { return false }
        return try client.watermarks(of: partitions).allSatisfy { at, marks in marks.high >= next[at] ?? 0 }
    }

    func read(
        for span: Duration, time: String, until isOver: () -> Bool, _ publish: (AlarmAccount) -> Void
    ) throws {
        let end = ContinuousClock.now + span
        var hasChanged = ends.isEmpty && next.isEmpty
        repeat {
            try tail.read(within: .milliseconds(200)) { event in
                switch event {
                case .record(let message, let at):
                    hear(message, at, time)
                    hasChanged = true
                case .end(let at, _): if ends.removeValue(forKey: at) != nil { hasChanged = true }
                }
            }
            if hasChanged, ends.isEmpty {
                publish(account)
                hasChanged = false
            }
        } while ContinuousClock.now < end && !isOver()
    }

    private func hear(_ message: Message, _ at: TopicPartition, _ time: String) {
        next[at] = message.offset + 1
        if let last = ends[at], message.offset + 1 >= last { ends[at] = nil }
        switch at.topic {
        case alarms: if let record = AlarmRecord(message, time: time) { account.hear(record) }
        case AlarmAction.topic(of: alarms): account.hear(AlarmAction(message.value))
        default: account.hear(TellingState(message.value))
        }
    }
}
