import KappaCore
import KappaLog
import KappaRecords
import KappaTestSupport
import KappaWire
import Testing

@testable import KappaBroker

/// Topics go whole, whatever is under way, and nothing of them is found under their name again.
@Suite struct TopicDeletionTests {
    private let folder: TemporaryDirectory
    private let start = Moment(wall: 1_650_000_000_000, steady: 0)
    private let place = Transaction.Partition(topic: "t", index: 0)

    init() throws { folder = try TemporaryDirectory() }

    private func open() throws -> BrokerCore {
        try BrokerCore(configuration: BrokerConfiguration(dataDirectory: folder.path), now: start)
    }

    private func sync(_ core: BrokerCore) {
        while let tickets = core.takeSyncTickets() { core.finishSync(FileSyncer.sync(tickets)) }
    }

    private func make(_ core: BrokerCore) throws -> Partition {
        try core.topics.create("t", partitions: 1, settings: TopicSettings(), now: core.now).partitions[0]
    }

    private func delete(_ core: BrokerCore) -> Answers<DeleteTopicsResponse> {
        let answers = Answers<DeleteTopicsResponse>()
        answers.ask(DeleteTopicsHandler.self, DeleteTopicsRequest { $0.topicNames = ["t"] }, version: 5, core)
        return answers
    }

    @Test func deletionWaitsForTheSyncThatRuns() throws {
        let core = try open()
        let partition = try make(core)
        core.append(own: Batches.plain(["a"]), to: partition)
        let tickets = try #require(core.takeSyncTickets())
        let answers = delete(core)
        #expect(answers.isEmpty && core.topics.topics["t"] != nil)
        core.append(own: Batches.plain(["b"]), to: partition)
        core.finishSync(FileSyncer.sync(tickets))
        #expect(answers.last?.responses[0].errorCode == .noError)
        #expect(core.topics.topics["t"] == nil)
        #expect(try make(core).log.endOffset == 0)
        sync(core)
        #expect(core.failure == nil)
    }

    @Test func offsetsOfADeletedTopicAreGoneAlsoThoseUnderWay() throws {
        let core = try open()
        _ = try make(core)
        let committed = CommittedOffset(offset: 100, committedAt: start.wall)
        core.groups.commit("old", [place: committed]) { _ in }
        sync(core)
        core.groups.commit("late", [place: committed]) { _ in }
        #expect(delete(core).isEmpty, "the answer waits until the offsets are gone for good")
        _ = try make(core)
        sync(core)
        #expect(core.groups.offsets["old"]?[place] == nil && core.groups.offsets["late"]?[place] == nil)
        let again = try open()
        #expect(again.groups.offsets.values.allSatisfy { $0[place] == nil })
    }

    /// The transaction is committed after the topic was made again: the new one has neither its marker nor its offset.
    @Test func openTransactionLeavesNothingInTheNextTopicOfTheName() throws {
        let core = try open()
        _ = try make(core)
        var producer: Int64 = -1
        core.transactions.decide {
            $0.initialise("x", timeoutMilliseconds: 60_000, expected: nil, now: 0, freshProducerId: { 7 })
        } answer: {
            producer = (try? $0.get().producerId) ?? -1
        }
        core.transactions.decide {
            $0.add([place, .init(topic: Topic.offsets, index: 0)], to: "x", producerId: producer, epoch: 0, now: 0)
        } answer: { _ in
        }
        let committed = CommittedOffset(offset: 100, committedAt: start.wall)
        core.groups.commit("g", [place: committed], producerId: producer, epoch: 0) { _ in }
        sync(core)
        _ = delete(core)
        sync(core)
        let made = try make(core)
        var isEnded = false
        core.transactions.decide {
            $0.end("x", producerId: producer, epoch: 0, commit: true, now: 0)
        } answer: { _ in
            isEnded = true
        }
        sync(core)
        #expect(isEnded && made.log.endOffset == 0)
        #expect(core.groups.offsets["g"]?[place] == nil)
        #expect(try open().groups.offsets["g"]?[place] == nil)
    }

    /// What a crash between the catalogue's change and the offsets' leaves.
    @Test func offsetsThatACrashLeftBehindAreForgottenAtTheStart() throws {
        do {
            let core = try open()
            _ = try make(core)
            core.groups.commit("g", [place: .init(offset: 100, committedAt: start.wall)]) { _ in }
            sync(core)
        }
        var catalogue = try TopicCatalogue(directory: folder.path)
        catalogue.entries.removeAll { $0.name == "t" }
        catalogue.doomed = [.init(name: "t", partitions: 1)]
        try catalogue.save()
        do {
            let core = try open()
            #expect(core.groups.offsets["g"]?[place] == nil)
            _ = try make(core)
        }
        #expect(try open().groups.offsets["g"]?[place] == nil)
    }

    @Test func recordThatCannotBeReadIsNamedAndLeftOut() throws {
        do {
            let core = try open()
            _ = try make(core)
            core.groups.commit("g", [place: .init(offset: 5, committedAt: start.wall)]) { _ in }
            let log = try core.internalPartition(Topic.offsets)
            var builder = RecordBatchBuilder()
            // A group's name that says it is longer than the key.
            builder.append(timestamp: 0, key: [0, 1, 0x7F, 0xFF, 65], value: [0, 3])
            core.append(own: builder.build(), to: log)
            core.groups.commit("h", [place: .init(offset: 6, committedAt: start.wall)]) { _ in }
            sync(core)
        }
        let words = Words()
        var configuration = BrokerConfiguration(dataDirectory: folder.path)
        configuration.log = { words.add($0) }
        let core = try BrokerCore(configuration: configuration, now: start)
        #expect(core.groups.offsets["g"]?[place]?.offset == 5 && core.groups.offsets["h"]?[place]?.offset == 6)
        #expect(words.all.contains { $0.contains("__consumer_offsets: the record at offset 1 cannot be read") })
    }

    @Test func madeUpProducerIdInALogDoesNotUseUpTheOthers() throws {
        do {
            let core = try open()
            let partition = try make(core)
            core.append(own: Batches.plain(["a"], producer: (Int64.max, 0, 0), transactional: true), to: partition)
            core.append(own: Batches.plain(["a"], producer: (5000, 0, 0), transactional: true), to: partition)
            sync(core)
        }
        let core = try open()
        #expect(try core.producerIds.take() == 5001)
    }
}
