import KappaCore
import KappaLog
import KappaTestSupport
import KappaWire
import Testing

@testable import KappaBroker

/// The broker without sockets and threads: the test turns the clock, and decides when the disk has something.
@Suite struct BrokerCoreTests {
    private let folder: TemporaryDirectory
    private let start = Moment(wall: 1_650_000_000_000, steady: 0)

    init() throws { folder = try TemporaryDirectory() }

    private func open(_ policy: BrokerConfiguration.SyncPolicy = .always) throws -> BrokerCore {
        var configuration = BrokerConfiguration(dataDirectory: folder.path)
        configuration.syncPolicy = policy
        return try BrokerCore(configuration: configuration, now: start)
    }

    /// One round of group commit, as the server does it.
    private func sync(_ core: BrokerCore) {
        while let tickets = core.takeSyncTickets() { core.finishSync(FileSyncer.sync(tickets)) }
    }

    private func topic(_ name: String, _ core: BrokerCore) throws -> Partition {
        try core.topics.create(name, partitions: 1, settings: TopicSettings(), now: core.now).partitions[0]
    }

    private func produce(
        _ values: [String], to topic: String, _ core: BrokerCore,
        producer: (id: Int64, epoch: Int16, sequence: Int32)? = nil, acks: Int16 = -1
    ) -> Answers<ProduceResponse> {
        let answers = Answers<ProduceResponse>()
        Batches.plain(values, producer: producer, transactional: producer != nil).withUnsafeBytes { raw in
            let request = ProduceRequest {
                $0.acks = acks
                $0.topicData = [
                    .init {
                        $0.name = topic
                        $0.partitionData = [.init { $0.records = raw }]
                    }
                ]
            }
            answers.ask(ProduceHandler.self, request, version: 9, core)
        }
        return answers
    }

    /// Mutants that were tried and fail here: `ProduceHandler` that answers `acks=all` as it answers `acks=1`, and a
    /// `Partition.advance` that shows everything appended. A skipped sync fails `CrashStateTests` and
    /// `FileSyncerTests`.
    @Test func nothingIsAcknowledgedOrShownBeforeItIsSynced() throws {
        let core = try open()
        let partition = try topic("t", core)
        let answers = produce(["a"], to: "t", core)
        #expect(answers.isEmpty && partition.highWatermark == 0 && partition.log.endOffset == 1)
        // With one replica acks=1 is no less: what was acknowledged is there for whoever asks next.
        let leaderAlone = produce(["b"], to: "t", core, acks: 1)
        #expect(leaderAlone.isEmpty && partition.highWatermark == 0)
        sync(core)
        #expect(leaderAlone.count == 1)
        #expect(answers.last?.responses[0].partitionResponses[0].errorCode == .noError)
        #expect(partition.highWatermark == 2)
    }

    @Test func intervalPolicyAnswersAtOnceAndSyncsInTime() throws {
        let core = try open(.interval(milliseconds: 100))
        let partition = try topic("t", core)
        let answers = produce(["a"], to: "t", core)
        #expect(answers.count == 1 && partition.highWatermark == 1 && partition.log.syncedOffset == 0)
        #expect(!core.isSyncDue)
        core.turn(Moment(wall: start.wall + 100, steady: 100))
        #expect(core.isSyncDue)
        sync(core)
        #expect(partition.log.syncedOffset == 1)
    }

    @Test func failedSyncAcknowledgesNothingAndStopsTheBroker() throws {
        let core = try open()
        _ = try topic("t", core)
        let answers = produce(["a"], to: "t", core)
        let tickets = try #require(core.takeSyncTickets())
        let failure = LogError(.storage(errno: 5), "the disk says no")
        core.finishSync(.init(results: tickets.map { _ in .failure(failure) }, microseconds: 1))
        #expect(answers.isEmpty)
        #expect(core.failure?.message.contains("the disk says no") == true)
        #expect(core.takeSyncTickets() == nil)
    }

    @Test func waitingFetchIsAnsweredByWhatBecomesDurable() throws {
        let core = try open()
        _ = try topic("t", core)
        let fetch = self.fetch(core, maxWait: 500)
        #expect(fetch.isEmpty)
        _ = produce(["a"], to: "t", core)
        #expect(fetch.isEmpty)
        sync(core)
        #expect(fetch.last?.responses[0].partitions[0].highWatermark == 1)
        let second = self.fetch(core, from: 1, maxWait: 500)
        core.turn(Moment(wall: start.wall + 499, steady: 499))
        #expect(second.isEmpty)
        core.turn(Moment(wall: start.wall + 500, steady: 500))
        #expect(second.last?.responses[0].partitions[0].errorCode == .noError)
        #expect(core.timers.count == 2, "only the housekeeping is left")
    }

    private func fetch(
        _ core: BrokerCore, from offset: Int64 = 0, maxWait: Int32, committedOnly: Bool = false
    ) -> Answers<FetchResponse> {
        let answers = Answers<FetchResponse>()
        let request = FetchRequest {
            $0.maxWaitMs = maxWait
            $0.minBytes = 1
            $0.isolationLevel = committedOnly ? 1 : 0
            $0.topics = [
                .init {
                    $0.topic = "t"
                    $0.partitions = [
                        .init {
                            $0.fetchOffset = offset
                            $0.partitionMaxBytes = 1000
                        }
                    ]
                }
            ]
        }
        answers.ask(FetchHandler.self, request, version: 12, core)
        return answers
    }

    /// Opens a transaction of one record in "t" and asks for its end; the outcome is not yet durable.
    private func openAndEnd(_ core: BrokerCore, commit: Bool, done: @escaping () -> Void) throws {
        let place = Transaction.Partition(topic: "t", index: 0)
        var producer: Int64 = -1
        core.transactions.decide { coordinator in
            coordinator.initialise(
                "x", timeoutMilliseconds: 60_000, expected: nil, now: core.now.wall, freshProducerId: { 7 })
        } answer: {
            producer = (try? $0.get().producerId) ?? -1
        }
        core.transactions.decide {
            $0.add([place], to: "x", producerId: producer, epoch: 0, now: 0)
        } answer: { _ in
        }
        _ = produce(["in"], to: "t", core, producer: (producer, 0, 0))
        sync(core)
        core.transactions.decide {
            $0.end("x", producerId: producer, epoch: 0, commit: commit, now: 0)
        } answer: { _ in
            done()
        }
    }

    @Test func markersFollowTheDurableOutcome() throws {
        let core = try open()
        let partition = try topic("t", core)
        var isAnswered = false
        try openAndEnd(core, commit: true) { isAnswered = true }
        #expect(!isAnswered && partition.log.endOffset == 1 && partition.lastStableOffset == 0)
        let waiting = fetch(core, maxWait: 10_000, committedOnly: true)
        #expect(waiting.isEmpty)
        sync(core)
        #expect(isAnswered && partition.log.endOffset == 2 && partition.lastStableOffset == 2)
        #expect(!waiting.isEmpty, "the stable offset moved and wakes who waits for it")
    }

    @Test(arguments: [true, false])
    func crashBetweenOutcomeAndMarkersIsFinishedAtTheStart(commit: Bool) throws {
        do {
            let core = try open()
            _ = try topic("t", core)
            var isAnswered = false
            try openAndEnd(core, commit: commit) { isAnswered = true }
            // The record of the outcome reaches the disk, and the process ends before it knows.
            for ticket in core.takeSyncTickets() ?? [] { _ = ticket.run() }
            #expect(!isAnswered)
        }
        let core = try open()
        sync(core)
        let partition = try #require(core.topics.partition("t", 0))
        #expect(partition.log.endOffset == 2 && partition.lastStableOffset == 2)
        #expect(partition.log.abortedTransactions(overlapping: 0..<2).isEmpty == commit)
        #expect(core.transactions.coordinator.transactions["x"]?.state == (commit ? .completeCommit : .completeAbort))
    }

    @Test func openTransactionThatNobodyKnowsIsAbortedAtTheStart() throws {
        do {
            let core = try open()
            let partition = try topic("t", core)
            let batch = Batches.plain(["orphan"], producer: (9, 0, 0), transactional: true)
            _ = core.append(own: batch, to: partition)
            sync(core)
        }
        let core = try open()
        sync(core)
        let partition = try #require(core.topics.partition("t", 0))
        #expect(partition.lastStableOffset == 2)
        #expect(partition.log.abortedTransactions(overlapping: 0..<2).map(\.producerId) == [9])
    }

    @Test func transactionThatRunsOutOfTimeIsAborted() throws {
        let core = try open()
        let partition = try topic("t", core)
        let place = Transaction.Partition(topic: "t", index: 0)
        core.transactions.decide { coordinator in
            coordinator.initialise(
                "x", timeoutMilliseconds: 1000, expected: nil, now: core.now.wall, freshProducerId: { 7 })
        } answer: { _ in
        }
        core.transactions.decide {
            $0.add([place], to: "x", producerId: 7, epoch: 0, now: core.now.wall)
        } answer: { _ in
        }
        _ = produce(["late"], to: "t", core, producer: (7, 0, 0))
        sync(core)
        core.turn(Moment(wall: start.wall + 1000, steady: 1000))
        sync(core)
        #expect(partition.lastStableOffset == 2)
        #expect(partition.log.abortedTransactions(overlapping: 0..<2).map(\.producerId) == [7])
        #expect(core.transactions.coordinator.transactions["x"]?.epoch == 1)
    }

    @Test func groupsAndOffsetsComeBackAfterARestart() throws {
        do {
            let core = try open()
            _ = try topic("t", core)
            var isDone = false
            let committed = CommittedOffset(offset: 5, metadata: "note", committedAt: core.now.wall)
            core.groups.commit("g", [.init(topic: "t", index: 0): committed]) { isDone = $0 == .noError }
            #expect(!isDone && core.groups.offsets["g"] == nil)
            sync(core)
            #expect(isDone)
            var join = GroupEvents.Join(ticket: 0)
            join.freshId = "a"
            join.protocols = [.init(name: "range", metadata: [1])]
            core.groups.join("g", join) { _ in }
            var request = GroupEvents.Sync(ticket: 0)
            request.memberId = "a"
            request.generation = 1
            request.assignments = [("a", [9])]
            core.groups.sync("g", request) { _ in }
            sync(core)
        }
        let core = try open()
        #expect(core.groups.offsets["g"]?[.init(topic: "t", index: 0)]?.offset == 5)
        #expect(core.groups.offsets["g"]?[.init(topic: "t", index: 0)]?.metadata == "note")
        #expect(core.groups.groups["g"]?.state == .stable && core.groups.groups["g"]?.generation == 1)
        core.turn(Moment(wall: start.wall + 10_000, steady: 10_000))
        #expect(core.groups.groups["g"]?.state == .empty, "a member that is not heard of again goes")
    }

    @Test func deletionThatACrashInterruptedIsFinishedAtTheStart() throws {
        do {
            let core = try open()
            _ = try topic("t", core)
            _ = produce(["old"], to: "t", core)
            sync(core)
        }
        // What the first step of a deletion leaves behind: the catalogue has let the topic go.
        var catalogue = try TopicCatalogue(directory: folder.path)
        catalogue.entries = []
        catalogue.doomed = [.init(name: "t", partitions: 1)]
        try catalogue.save()
        let core = try open()
        #expect(core.topics.names.isEmpty)
        #expect(try topic("t", core).log.endOffset == 0, "a new topic of the name has none of the old records")
        #expect(try TopicCatalogue(directory: folder.path).doomed.isEmpty)
    }

    @Test func recordsOfAnUnknownTopicAreNeverTakenForAnothers() throws {
        do {
            let core = try open()
            _ = try topic("t", core)
            _ = produce(["old"], to: "t", core)
            sync(core)
        }
        var catalogue = try TopicCatalogue(directory: folder.path)
        catalogue.entries = []
        try catalogue.save()
        let core = try open()
        #expect(core.topics.names.isEmpty)
        #expect(throws: BrokerError.self) { try topic("t", core) }
    }

    @Test func topicsAndTheirSettingsComeBackAfterARestart() throws {
        let id: TopicId
        do {
            let core = try open()
            var settings = TopicSettings()
            try settings.set("retention.ms", to: "1000")
            let topic = try core.topics.create("t", partitions: 3, settings: settings, now: start)
            core.topics.addPartitions(to: topic, total: 4, now: start, core.elsewhere) { _ in }
            _ = try core.topics.create("gone", partitions: 1, settings: TopicSettings(), now: start)
            try core.topics.delete([try #require(core.topics.topics["gone"])], core.elsewhere) {}
            id = topic.id
        }
        let core = try open()
        let topic = try #require(core.topics.topics["t"])
        #expect(topic.id == id && topic.partitions.count == 4)
        #expect(topic.partitions[0].log.configuration.retentionMilliseconds == 1000)
        #expect(core.topics.names == ["t"])
    }
}

/// Collects what a handler answers, at once or later.
final class Answers<Response: ResponseMessage> {
    private(set) var all: [Response] = []
    var isEmpty: Bool { all.isEmpty }
    var count: Int { all.count }
    var last: Response? { all.last }

    func ask<H: Handler>(_ handler: H.Type, _ request: H.Request, version: Int16, _ core: BrokerCore)
    where H.Request.Response == Response {
        let call = Call<Response>(
            version: version, now: core.now, clientName: "test", clientHost: "127.0.0.1", session: Session()
        ) { [self] _, outcome in
            if case .answer(let response) = outcome { all.append(response) }
        }
        let outcome = H.handle(request, call, core)
        if case .wait = outcome { return }
        call.finish(outcome)
    }
}
