import KappaCore
import KappaNetwork
import KappaTestSupport
import KappaWire
import Testing

@testable import KappaBroker
@testable import KappaLog

/// Requests that ask for far more work than they are long: what is merged, refused, or done elsewhere in pieces. By
/// structure, without a clock; `make bench-stalls` measures what others feel of them.
@Suite struct AttackTests {
    private let folder: TemporaryDirectory
    private let start = Moment(wall: 1_650_000_000_000, steady: 0)

    init() throws { folder = try TemporaryDirectory() }

    private func open() throws -> BrokerCore {
        var configuration = BrokerConfiguration(dataDirectory: folder.path)
        configuration.syncPolicy = .system
        return try BrokerCore(configuration: configuration, now: start)
    }

    private func topic(_ name: String, _ core: BrokerCore) throws -> Partition {
        try core.topics.create(name, partitions: 1, settings: TopicSettings(), now: core.now).partitions[0]
    }

    // MARK: Fetch

    private func fetch(_ core: BrokerCore, times: Int, minBytes: Int32) -> Answers<FetchResponse> {
        let answers = Answers<FetchResponse>()
        let request = FetchRequest {
            $0.maxWaitMs = 10_000
            $0.minBytes = minBytes
            $0.topics = (0..<2).map { _ in
                .init {
                    $0.topic = "t"
                    $0.partitions = (0..<times / 2).map { _ in .init { $0.partitionMaxBytes = 1 << 20 } }
                }
            }
        }
        answers.ask(FetchHandler.self, request, version: 12, core)
        return answers
    }

    @Test func partitionThatIsNamedManyTimesIsReadOnce() throws {
        let core = try open()
        let partition = try topic("t", core)
        let answers = fetch(core, times: 1000, minBytes: 1)
        #expect(answers.isEmpty)
        core.append(own: Batches.plain(["a"]), to: partition)
        #expect(answers.isEmpty, "it looks at the end of the turn")
        core.turn(start)
        #expect(answers.last?.responses.flatMap(\.partitions).count == 1)
        #expect(core.counters.bytesFetched == UInt64(Batches.plain(["a"]).count))
    }

    @Test func fetchThatWaitsForMoreIsAnsweredWhenItIsThere() throws {
        let core = try open()
        let partition = try topic("t", core)
        let batch = Batches.plain(["a"])
        let answers = fetch(core, times: 2, minBytes: Int32(3 * batch.count))
        for number in 1...3 {
            #expect(answers.isEmpty)
            core.append(own: batch, to: partition)
            core.turn(Moment(wall: start.wall + Int64(number), steady: Int64(number)))
        }
        #expect(answers.count == 1 && core.counters.bytesFetched == UInt64(3 * batch.count))
    }

    /// What was there and not yet to be seen when the wait began counts when it is seen.
    @Test func fetchSeesWhatBecomesVisibleAfterItCame() throws {
        let core = try BrokerCore(configuration: BrokerConfiguration(dataDirectory: folder.path), now: start)
        let partition = try topic("t", core)
        core.append(own: Batches.plain(["a"]), to: partition)
        let tickets = try #require(core.takeSyncTickets())
        let answers = fetch(core, times: 2, minBytes: 1)
        #expect(answers.isEmpty)
        core.finishSync(FileSyncer.sync(tickets))
        #expect(answers.count == 1)
    }

    /// Twenty readers of a megabyte each, and two megabytes in a turn.
    @Test func largeFetchesAreReadSomeInEachTurn() throws {
        let core = try open()
        core.readableBytesOfATurn = 2 << 20
        let partition = try topic("t", core)
        core.append(own: Batches.plain([String(repeating: "x", count: 1_000_000)]), to: partition)
        let all = (0..<20).map { _ in fetch(core, times: 2, minBytes: 1) }
        var (answered, turns) = (all.count { !$0.isEmpty }, 0)
        #expect(answered == 3, "as soon as two megabytes have been read, the others wait")
        while answered < 20, turns < 100 {
            core.turn(start)
            turns += 1
            let now = all.count { !$0.isEmpty }
            #expect(now - answered <= 3 && now > answered)
            #expect(Array(all.map { !$0.isEmpty }.prefix(now)).allSatisfy { $0 }, "in the order of their coming")
            answered = now
        }
        #expect(answered == 20 && core.timers.next() != nil)
        #expect(core.counters.bytesFetched > 20_000_000)
    }

    // MARK: ListOffsets

    private func listOffsets(_ core: BrokerCore, _ times: [Int64]) -> Answers<ListOffsetsResponse> {
        let answers = Answers<ListOffsetsResponse>()
        let request = ListOffsetsRequest {
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitions = times.map { time in .init { $0.timestamp = time } }
                }
            ]
        }
        answers.ask(ListOffsetsHandler.self, request, version: 7, core)
        return answers
    }

    @Test func partitionThatIsNamedTwiceIsLookedUpForNeither() throws {
        let core = try open()
        _ = try topic("t", core)
        let answer = listOffsets(core, [-1, -2]).last
        #expect(answer?.topics[0].partitions.map(\.errorCode) == [.invalidRequest, .invalidRequest])
    }

    @Test func compressedBatchIsOpenedElsewhere() throws {
        let core = try open()
        let partition = try topic("t", core)
        core.append(own: Batches.zstd(["a", "b"]), to: partition)
        var handedOver: [(() -> Void, () -> Void)] = []
        core.elsewhere = { handedOver.append(($0, $1)) }
        let answers = listOffsets(core, [0])
        #expect(answers.isEmpty && handedOver.count == 1)
        handedOver[0].0()
        handedOver[0].1()
        #expect(answers.last?.topics[0].partitions[0].offset == 0)
    }

    // MARK: Topics

    @Test func oneQuestionMakesAHundredTopicsAtMost() throws {
        let core = try open()
        let answers = Answers<MetadataResponse>()
        let request = MetadataRequest { $0.topics = (0..<1000).map { number in .init { $0.name = "t\(number)" } } }
        answers.ask(MetadataHandler.self, request, version: 9, core)
        let codes = answers.last?.topics.map(\.errorCode) ?? []
        #expect(codes.count { $0 == .noError } == 100 && codes.count { $0 == .unknownTopicOrPartition } == 900)
        #expect(core.topics.topics.count == 100)
    }

    @Test func tooManyPartitionsInOneRequestAreRefusedTogether() throws {
        let core = try open()
        let answers = Answers<CreateTopicsResponse>()
        let request = CreateTopicsRequest {
            $0.topics = (0..<2).map { number in
                .init {
                    $0.name = "t\(number)"
                    $0.numPartitions = 6000
                    $0.replicationFactor = 1
                }
            }
        }
        answers.ask(CreateTopicsHandler.self, request, version: 6, core)
        #expect(answers.last?.topics.map(\.errorCode) == [.policyViolation, .policyViolation])
        #expect(core.topics.topics.isEmpty)
    }

    @Test func foldersOfNewTopicsAreMadeElsewhereInPieces() throws {
        let core = try open()
        var handedOver: [(() -> Void, () -> Void)] = []
        core.elsewhere = { handedOver.append(($0, $1)) }
        let answers = Answers<CreateTopicsResponse>()
        let request = CreateTopicsRequest {
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.numPartitions = 120
                    $0.replicationFactor = 1
                }
            ]
        }
        answers.ask(CreateTopicsHandler.self, request, version: 6, core)
        let second = Answers<CreateTopicsResponse>()
        second.ask(CreateTopicsHandler.self, request, version: 6, core)
        #expect(second.last?.topics[0].errorCode == .topicAlreadyExists)
        var pieces = 0
        while !handedOver.isEmpty {
            let (work, done) = handedOver.removeFirst()
            work()
            done()
            pieces += 1
        }
        #expect(pieces == 3 && answers.last?.topics[0].errorCode == .noError)
        #expect(core.topics.topics["t"]?.partitions.count == 120)
    }

    // MARK: Groups

    @Test func groupTakesNoMoreMembersThanItMay() {
        var group = ConsumerGroup(id: "g")
        group.mostMembers = 2
        for number: UInt64 in 1...3 {
            var join = GroupEvents.Join(ticket: number)
            join.freshId = "m\(number)"
            join.protocols = [.init(name: "range", metadata: [])]
            let actions = group.join(join, now: 0)
            let isRefused = actions.contains(.answerJoin(number, .init(error: .groupMaxSizeReached)))
            #expect(isRefused == (number == 3))
        }
    }

    @Test func joinThatCameToNothingLeavesNoGroup() throws {
        let core = try open()
        var join = GroupEvents.Join(ticket: 0)
        core.groups.join("g", join) { _ in }
        #expect(core.groups.groups.isEmpty, "it named no protocol")
        join.protocols = [.init(name: "range", metadata: [])]
        join.needsKnownId = true
        join.freshId = "m"
        core.groups.join("g", join) { _ in }
        #expect(core.groups.groups.count == 1)
        core.turn(Moment(wall: start.wall + 10_000, steady: 10_000))
        #expect(core.groups.groups.isEmpty, "the id that was given out was never used")
    }

    // MARK: Signing in

    @Test func strangersAndFriendsLookTheSameUntilTheProof() throws {
        let accounts = Accounts(users: Users(verifiers: ["ann": .init(password: "secret")]))
        let answers = try ["eve", "eve", "bob"].map { name in
            try #require(ScramFirst.begin(Array("n,,n=\(name),r=abc".utf8), .sha256, accounts, nonce: "xyz"))
        }
        #expect(answers[0].answer == answers[1].answer && answers[0].answer != answers[2].answer)
        guard case .refused = answers[0].finish(Array("c=biws,r=abcxyz,p=\(String(repeating: "A", count: 43))=".utf8))
        else {
            Issue.record("somebody who is not there got in")
            return
        }
    }
}
