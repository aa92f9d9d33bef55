import KappaBroker
import KappaWire
import Testing

/// Versions and requests that Kafka's tools of 4.x ask for, as they are answered by a cluster of one.
@Suite struct NewerVersionsTests {
    private let served: ServedBroker
    private let client: RawClient

    init() throws {
        served = try ServedBroker { $0.defaultPartitions = 3 }
        client = try RawClient(port: served.broker.port)
    }

    private func make(_ name: String) throws -> WireUUID {
        let request = CreateTopicsRequest {
            $0.topics = [
                .init {
                    $0.name = name
                    $0.numPartitions = 3
                    $0.replicationFactor = 1
                }
            ]
        }
        let made = try client.ask(request, version: 7).topics[0]
        #expect(made.errorCode == .noError && !made.topicId.isZero)
        return made.topicId
    }

    private let nobody = WireUUID(hexadecimal: "0123456789abcdef0123456789abcdef")!

    // MARK: Topics by id

    @Test func aTopicIsDescribedByItsId() throws {
        let id = try make("t")
        let request = MetadataRequest {
            $0.topics = [id, nobody].map { id in
                .init {
                    $0.name = nil
                    $0.topicId = id
                }
            }
        }
        let topics = try client.ask(request, version: 12).topics
        #expect(topics[0].name == "t" && topics[0].topicId == id && topics[0].partitions.count == 3)
        #expect(topics[1].errorCode == .unknownTopicId && topics[1].name == nil && topics[1].topicId == nobody)
    }

    @Test func anotherTopicOfTheSameNameHasAnotherId() throws {
        let first = try make("t")
        let deletion = DeleteTopicsRequest { $0.topics = [.init { $0.topicId = first }] }
        let gone = try client.ask(deletion, version: 6).responses[0]
        #expect(gone.errorCode == .noError && gone.name == "t")
        #expect(try client.ask(deletion, version: 6).responses[0].errorCode == .unknownTopicId)
        #expect(try make("t") != first)
    }

    @Test func recordsAreWrittenAndReadByTopicId() throws {
        let id = try make("t")
        let batch = Batches.plain(["a"])
        func produce(_ id: WireUUID) throws -> ProduceResponse.Topic {
            try batch.withUnsafeBytes { raw in
                let request = ProduceRequest {
                    $0.acks = 1
                    $0.topicData = [
                        .init {
                            $0.topicId = id
                            $0.partitionData = [.init { $0.records = raw }]
                        }
                    ]
                }
                return try client.ask(request, version: 13).responses[0]
            }
        }
        let written = try produce(id)
        #expect(written.topicId == id && written.partitionResponses[0].errorCode == .noError)
        #expect(try produce(nobody).partitionResponses[0].errorCode == .unknownTopicId)
        let fetch = FetchRequest {
            $0.topics = [id, nobody].map { id in
                .init {
                    $0.topicId = id
                    $0.partitions = [.init { $0.partitionMaxBytes = 1 << 20 }]
                }
            }
        }
        try client.send(fetch, version: 13, correlationId: 1)
        try client.receive().withUnsafeBytes { frame in
            let answer = try FetchResponse.decode(frame: frame, version: 13).body.responses
            #expect(answer.map(\.topicId) == [id, nobody])
            #expect(answer[0].partitions[0].records.count ?? 0 > 0)
            #expect(answer[1].partitions[0].errorCode == .unknownTopicId)
        }
    }

    // MARK: Pages

    @Test func topicsAreDescribedPageByPage() throws {
        for name in ["c", "a", "b"] { _ = try make(name) }
        var found: [(String, Int32)] = []
        var request = DescribeTopicPartitionsRequest { $0.responsePartitionLimit = 4 }
        for _ in 0..<5 {
            let page = try client.ask(request, version: 0)
            #expect(page.topics.reduce(0) { $0 + $1.partitions.count } <= 4)
            for topic in page.topics { found += topic.partitions.map { (topic.name ?? "", $0.partitionIndex) } }
            guard let next = page.nextCursor else { break }
            request.cursor = .init {
                $0.topicName = next.topicName
                $0.partitionIndex = next.partitionIndex
            }
        }
        #expect(found.map(\.0) == ["a", "a", "a", "b", "b", "b", "c", "c", "c"])
        #expect(found.map(\.1) == [0, 1, 2, 0, 1, 2, 0, 1, 2])
        let unknown = DescribeTopicPartitionsRequest { $0.topics = [.init { $0.name = "none" }] }
        #expect(try client.ask(unknown, version: 0).topics[0].errorCode == .unknownTopicOrPartition)
    }

    // MARK: A cluster of one

    @Test func theOneFolderTellsWhatItHolds() throws {
        _ = try make("t")
        _ = try client.produceAndWait("t", Batches.plain(["some bytes"]))
        let folder = try client.ask(DescribeLogDirsRequest(), version: 4).results[0]
        #expect(folder.logDir.hasSuffix("/broker") && folder.totalBytes > 0 && folder.usableBytes >= 0)
        let sizes = try #require(folder.topics.first { $0.name == "t" }).partitions.map(\.partitionSize)
        #expect(sizes.count == 3 && sizes[0] > 61 && sizes[1] == 0)
        let wanted = DescribeLogDirsRequest {
            $0.topics = [
                .init {
                    $0.topic = "t"
                    $0.partitions = [2]
                }
            ]
        }
        #expect(try client.ask(wanted, version: 4).results[0].topics[0].partitions.map(\.partitionIndex) == [2])
    }

    @Test func nothingIsElectedAndNothingMoves() throws {
        _ = try make("t")
        let election = ElectLeadersRequest {
            $0.topicPartitions = [
                .init {
                    $0.topic = "t"
                    $0.partitions = [0, 9]
                }
            ]
        }
        let results = try client.ask(election, version: 2).replicaElectionResults[0].partitionResult
        #expect(results.map(\.errorCode) == [.electionNotNeeded, .unknownTopicOrPartition])
        let replicas: [[Int32]?] = [[1], [2], nil]
        let move = AlterPartitionReassignmentsRequest {
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitions = replicas.enumerated().map { index, replicas in
                        .init {
                            $0.partitionIndex = Int32(index)
                            $0.replicas = replicas
                        }
                    }
                }
            ]
        }
        let moved = try client.ask(move, version: 1).responses[0].partitions
        #expect(moved.map(\.errorCode) == [.noError, .invalidReplicaAssignment, .noReassignmentInProgress])
        #expect(try client.ask(ListPartitionReassignmentsRequest(), version: 0).topics.isEmpty)
    }

    @Test func theQuorumIsThisBroker() throws {
        let request = DescribeQuorumRequest {
            $0.topics = [
                .init {
                    $0.topicName = "__cluster_metadata"
                    $0.partitions = [.init()]
                }
            ]
        }
        let answer = try client.ask(request, version: 2)
        let partition = answer.topics[0].partitions[0]
        #expect(partition.errorCode == .noError && partition.leaderId == 1)
        #expect(partition.currentVoters.map(\.replicaId) == [1] && partition.observers.isEmpty)
        #expect(answer.nodes.map(\.nodeId) == [1])
    }

    @Test func whatHasSettingsIsListed() throws {
        _ = try make("t")
        let all = try client.ask(ListConfigResourcesRequest(), version: 1).configResources
        #expect(all.map(\.resourceName) == ["t", "1"] && all.map(\.resourceType) == [2, 4])
        let brokers = try client.ask(ListConfigResourcesRequest { $0.resourceTypes = [4] }, version: 1)
        #expect(brokers.configResources.map(\.resourceName) == ["1"])
    }

    // MARK: Groups, offsets and transactions

    @Test func groupsSayOfWhichKindTheyAre() throws {
        let id = try make("t")
        let beat = ConsumerGroupHeartbeatRequest {
            $0.groupId = "new"
            $0.memberId = "a"
            $0.rebalanceTimeoutMs = 1000
            $0.subscribedTopicNames = ["t"]
            $0.topicPartitions = []
        }
        let joined = try client.ask(beat, version: 1)
        #expect(joined.errorCode == .noError && joined.assignment?.topicPartitions.map(\.topicId) == [id])
        #expect(joined.assignment?.topicPartitions[0].partitions == [0, 1, 2])
        func commit(epoch: Int32) throws -> ErrorCode {
            let request = OffsetCommitRequest {
                $0.groupId = "new"
                $0.memberId = "a"
                $0.generationId = epoch
                $0.topics = [
                    .init {
                        $0.name = "t"
                        $0.partitions = [.init { $0.committedOffset = 5 }]
                    }
                ]
            }
            return try client.ask(request, version: 9).topics[0].partitions[0].errorCode
        }
        #expect(try commit(epoch: joined.memberEpoch) == .noError)
        #expect(try commit(epoch: joined.memberEpoch + 1) == .staleMemberEpoch)
        let fetch = OffsetFetchRequest {
            $0.groups = [joined.memberEpoch, joined.memberEpoch + 1].map { epoch in
                .init {
                    $0.groupId = "new"
                    $0.memberId = "a"
                    $0.memberEpoch = epoch
                }
            }
        }
        let offsets = try client.ask(fetch, version: 9).groups
        #expect(offsets[0].topics[0].partitions[0].committedOffset == 5)
        #expect(offsets[1].errorCode == .staleMemberEpoch)
        let listed = try client.ask(ListGroupsRequest { $0.typesFilter = ["consumer"] }, version: 5).groups
        #expect(listed.map(\.groupId) == ["new"] && listed.map(\.groupType) == ["Consumer"])
        #expect(try client.ask(ListGroupsRequest { $0.typesFilter = ["classic"] }, version: 5).groups.isEmpty)
        let describe = ConsumerGroupDescribeRequest { $0.groupIds = ["new", "none"] }
        let described = try client.ask(describe, version: 1).groups
        #expect(described[0].groupState == "Stable" && described[0].members.map(\.memberId) == ["a"])
        #expect(described[0].members[0].assignment.topicPartitions[0].topicName == "t")
        #expect(described[1].errorCode == .groupIdNotFound)
        let deletion = try client.ask(DeleteGroupsRequest { $0.groupsNames = ["new"] }, version: 2)
        #expect(deletion.results[0].errorCode == .nonEmptyGroup)
    }

    @Test func whatCannotBeAHeartbeatIsRefused() throws {
        let spoilt: [(ErrorCode, (inout ConsumerGroupHeartbeatRequest) -> Void)] = [
            (.invalidRequest, { $0.groupId = "" }), (.invalidRequest, { $0.memberId = "" }),
            (.invalidRequest, { $0.topicPartitions = nil }), (.invalidRequest, { $0.rebalanceTimeoutMs = -1 }),
            (.unsupportedAssignor, { $0.serverAssignor = "magic" }), (.groupIdNotFound, { $0.memberEpoch = 5 }),
            (.invalidRegularExpression, { $0.subscribedTopicRegex = "(" }),
        ]
        for (number, (code, spoil)) in spoilt.enumerated() {
            var beat = ConsumerGroupHeartbeatRequest {
                $0.groupId = "new"
                $0.memberId = "a"
                $0.rebalanceTimeoutMs = 1000
                $0.subscribedTopicNames = ["t"]
                $0.topicPartitions = []
            }
            spoil(&beat)
            #expect(try client.ask(beat, version: 1).errorCode == code, "number \(number)")
        }
    }

    @Test func theStartOfTheDiskIsTheStartAndThereIsNoOtherTier() throws {
        _ = try make("t")
        _ = try client.produceAndWait("t", Batches.plain(["a", "b"]))
        func offset(_ time: Int64) throws -> Int64 {
            let request = ListOffsetsRequest {
                $0.topics = [
                    .init {
                        $0.name = "t"
                        $0.partitions = [.init { $0.timestamp = time }]
                    }
                ]
            }
            return try client.ask(request, version: 10).topics[0].partitions[0].offset
        }
        #expect(try offset(-4) == 0)
        #expect(try offset(-5) == -1)
    }

    @Test func transactionsAreFilteredByAgeAndName() throws {
        for id in ["job-1", "other"] {
            let request = InitProducerIdRequest {
                $0.transactionalId = id
                $0.transactionTimeoutMs = 60_000
            }
            #expect(try client.ask(request, version: 4).errorCode == .noError)
        }
        let named = try client.ask(ListTransactionsRequest { $0.transactionalIdPattern = "job-.*" }, version: 2)
        #expect(named.transactionStates.map(\.transactionalId) == ["job-1"])
        let wrong = try client.ask(ListTransactionsRequest { $0.transactionalIdPattern = "(" }, version: 2)
        #expect(wrong.errorCode == .invalidRegularExpression)
    }
}
