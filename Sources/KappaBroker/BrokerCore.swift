import KappaCore
import KappaLog
import KappaNetwork
import KappaRecords
import KappaWire

/// All that the broker knows, owned by the event loop's thread; handlers are its only callers.
///
/// It knows neither sockets nor threads: time is handed in, and what has to be synced is handed out as tickets.
final class BrokerCore {
    let configuration: BrokerConfiguration
    let topics: TopicStore
    /// What has been set while the broker ran, for it and for all topics.
    var settings: BrokerSettings
    /// Who may use the broker; everybody where it is nil.
    let accounts: Accounts?
    /// What they may do there; everything where it is nil.
    let access: AccessControl?
    /// Where clients are told to go.
    var advertised: SocketAddress
    var timers = Timers()
    var now: Moment
    var producerIds: ProducerIds
    private(set) var groups: GroupStore!
    private(set) var reconciled: ReconciledGroupStore!
    private(set) var transactions: TransactionStore!
    /// Why the broker must stop, once it must.
    private(set) var failure: BrokerError?
    var counters = BrokerCounters()
    private var complaints = Complaints()

    /// Does something that takes long elsewhere than on the owner's thread, and then something on it. What is asked for
    /// first is done first, so it is asked for in pieces.
    var elsewhere: (_ work: @escaping @Sendable () -> Void, _ done: @escaping () -> Void) -> Void = {
        $0()
        $1()
    }
    /// Counts bytes of requests that are kept beyond their turn, or, below zero, no longer are.
    var holdRequestBytes: (Int) -> Void = { _ in }
    /// What one answer may hold of records now.
    var roomForAnswer: () -> Int = { .max }
    /// What waits for the end of the turn: however often it is woken until then, it looks once.
    private var woken: [() -> Void] = []

    /// What fetches may read in one turn of the loop before everybody else gets a turn, and have read in this one.
    var readableBytesOfATurn = 8 << 20
    var readInTurn = 0
    /// Fetches whose turn to read has not come.
    var postponed: [() -> Void] = []

    /// Begins to rewrite a log's segments elsewhere than on the owner's thread; `finishCompaction` takes the result.
    var startCompaction: (CompactionPlan) throws -> Void = { _ in }
    var compacting: (partition: Partition, plan: CompactionPlan)?
    /// Partitions with something to sync or to show.
    private var dirty: [Partition] = []
    /// What is being synced now, in the order of the tickets.
    private var syncing: [(partition: Partition, ticket: SyncTicket)] = []
    /// What waits for that round to be back.
    private var afterSync: [() -> Void] = []

    init(configuration: BrokerConfiguration, now: Moment) throws {
        self.configuration = configuration
        self.now = now
        advertised = configuration.listen
        accounts = try configuration.usersFile.map {
            try Accounts(users: Users(file: $0), directory: configuration.dataDirectory)
        }
        access = try AccessControl(configuration)
        settings = try BrokerSettings(directory: configuration.dataDirectory)
        topics = try TopicStore(
            directory: configuration.dataDirectory, waitsForDisk: configuration.syncPolicy == .always, now: now,
            defaults: settings.topicDefaults, say: configuration.log)
        producerIds = try ProducerIds(directory: configuration.dataDirectory)
        groups = GroupStore(core: self)
        reconciled = ReconciledGroupStore(core: self)
        transactions = TransactionStore(core: self)
        try groups.load()
        try transactions.load()
        for partition in topics.partitions {
            for id in partition.log.producers.producers.keys { producerIds.exclude(id) }
        }
        scheduleCleanup()
        scheduleCompaction()
        if case .interval(let milliseconds) = configuration.syncPolicy { scheduleSync(every: milliseconds) }
        if case .system = configuration.syncPolicy { scheduleSync(every: 60_000) }
    }

    /// How long a failed sign-in is answered after; Kafka's connection.failed.authentication.delay.ms.
    static let failedSignInMilliseconds: Int64 = 100

    /// Runs `action` after some time.
    @discardableResult
    func after(_ milliseconds: Int64, _ action: @escaping (Moment) -> Void) -> Timers.Key {
        timers.schedule(at: now.steady + milliseconds, action)
    }

    /// One turn of time: what is due happens.
    func turn(_ now: Moment) {
        self.now = now
        runWoken()
        while let action = timers.takeDue(at: now.steady) { action(now) }
        runWoken()
        readOn()
    }

    /// Runs `action` once in this turn, after all that it may have waited for.
    func atEndOfTurn(_ action: @escaping () -> Void) { woken.append(action) }

    private func runWoken() {
        while !woken.isEmpty {
            let actions = woken
            woken = []
            for action in actions { action() }
        }
    }

    /// The broker cannot go on: nothing is acknowledged from here.
    func fail(_ error: BrokerError) {
        if failure == nil { failure = error }
    }

    // MARK: Appending

    /// Notes that a log has grown.
    func touched(_ partition: Partition) {
        if !partition.waitsForDisk { partition.advance() }
        // What is compacted must be on the disk, whatever the policy of writing.
        if partition.hasClosedSegment { isSyncDue = true }
        guard !partition.isDirty else { return }
        partition.isDirty = true
        dirty.append(partition)
    }

    /// Appends a batch of the broker's own; nil where the log did not take it. A full disk is such a refusal, and
    /// passes; where the log itself has failed, so has the broker.
    @discardableResult
    func append(own bytes: [UInt8], to partition: Partition) -> Int64? {
        do {
            let appended = try partition.log.append(own: bytes, now: now.timestamp)
            touched(partition)
            return appended.lastOffset + 1
        } catch {
            let words = "\(partition.log.directory) took no further record: \(error.answer.1 ?? "\(error)")"
            if partition.log.failure != nil { fail(BrokerError(words)) } else { complain(words) }
            return nil
        }
    }

    /// Names a record of an internal log that cannot be read, while that log is read at the start.
    func leaveOut(of topic: String) -> (Int64, any Error) -> Void {
        { [configuration] offset, error in
            let words = (error as? WireError)?.message ?? (error as? RecordBatch.Damage)?.words ?? "\(error)"
            configuration.log("\(topic): the record at offset \(offset) cannot be read and is left out: \(words)")
        }
    }

    /// Tells the operator, once a minute at most where the same thing happens again.
    func complain(_ words: String, kind: String? = nil) {
        if let line = complaints.note(kind ?? words, words) { configuration.log(line) }
    }

    /// The one partition of an internal topic, made when it is first needed.
    func internalPartition(_ name: String) throws -> Partition {
        if let topic = topics.topics[name] { return topic.partitions[0] }
        var settings = TopicSettings()
        try settings.set("cleanup.policy", to: "compact")
        try settings.set("segment.bytes", to: String(16 << 20))
        return try topics.create(name, partitions: 1, settings: settings, now: now).partitions[0]
    }

    // MARK: Syncing

    /// What has to be synced now; nil while nothing does or the last round is not back.
    func takeSyncTickets() -> [SyncTicket]? {
        guard syncing.isEmpty, !dirty.isEmpty, failure == nil else { return nil }
        let candidates = dirty
        dirty.removeAll(keepingCapacity: true)
        for partition in candidates {
            partition.isDirty = false
            guard !partition.isDeleted else { continue }
            if let ticket = partition.log.pendingSync() {
                syncing.append((partition, ticket))
            } else if let problem = partition.log.failure {
                fail(BrokerError(problem.message, hint: problem.hint))
            }
        }
        return syncing.isEmpty ? nil : syncing.map(\.ticket)
    }

    func finishSync(_ outcome: FileSyncer.Outcome) {
        counters.syncs += 1
        counters.syncMicroseconds += outcome.microseconds
        let finished = syncing
        syncing.removeAll(keepingCapacity: true)
        for ((partition, ticket), result) in zip(finished, outcome.results) {
            do {
                try partition.log.finishSync(ticket, result)
            } catch {
                // The kernel may have dropped what it could not write: trying again would only look like success.
                return fail(BrokerError("a sync failed, and the broker stops: \(error.message)"))
            }
            partition.advance()
            partition.synced()
        }
        runWoken()
        let waiting = afterSync
        afterSync = []
        for action in waiting { action() }
        compactWhatClosed(finished.map(\.partition))
    }

    /// Runs `action` when no sync of these partitions is under way: at once, or as soon as the round is back and before
    /// the next begins.
    func whenNotSyncing(_ partitions: [Partition], _ action: @escaping () -> Void) {
        let wanted = Set(partitions.map(ObjectIdentifier.init))
        guard syncing.contains(where: { wanted.contains(ObjectIdentifier($0.partition)) }) else { return action() }
        afterSync.append { [unowned self] in whenNotSyncing(partitions, action) }
    }

    /// Only with the policy `always` does every turn of the loop sync.
    var syncsEveryTurn: Bool { configuration.syncPolicy == .always }
    private(set) var isSyncDue = false

    func tookSync() { isSyncDue = false }

    /// Runs `done` once everything below `offset` is on the disk; where the policy would let it wait, it is hurried.
    func whenSynced(_ partition: Partition, _ offset: Int64, _ done: @escaping () -> Void) {
        if offset > partition.log.syncedOffset { isSyncDue = true }
        partition.whenSynced(offset, done)
    }

    private func scheduleSync(every milliseconds: Int64) {
        after(milliseconds) { [unowned self] _ in
            isSyncDue = true
            scheduleSync(every: milliseconds)
        }
    }

    // MARK: Housekeeping

    private func scheduleCleanup() {
        after(configuration.cleanupMilliseconds) { [unowned self] now in
            cleanUp(now)
            scheduleCleanup()
        }
    }

    private func cleanUp(_ now: Moment) {
        for partition in topics.partitions {
            partition.log.expireProducers(silentSince: now.wall - configuration.producerRetentionMilliseconds)
            do {
                guard partition.log.configuration.cleanupPolicy.contains(.delete) else { continue }
                try partition.log.retain(now: now.timestamp)
            } catch {
                configuration.log("\(partition.log.directory) could not be cleaned up: \(error)")
            }
        }
        groups.expireOffsets(now)
        for line in complaints.takeRepeats() { configuration.log(line) }
        transactions.expireIds(now)
    }
}
