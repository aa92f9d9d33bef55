import KappaBroker
import KappaTestSupport
import KappaWire
import Testing

/// Transactions of the newer kind (KIP-890, transaction version 2) over the protocol: a first write adds its partition,
/// and each transaction has an epoch of its own. Expectations are those of the proposal and of Kafka 4's coordinator.
@Suite struct TransactionEpochTests {
    private let served: ServedBroker
    private let client: RawClient
    private let producer: InitProducerIdResponse

    init() throws {
        served = try ServedBroker()
        client = try RawClient(port: served.broker.port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        let request = InitProducerIdRequest {
            $0.transactionalId = "x"
            $0.transactionTimeoutMs = 60_000
        }
        producer = try client.ask(request, version: 5)
    }

    private func write(_ value: String, epoch: Int16, sequence: Int32 = 0, version: Int16 = 12) throws -> ErrorCode {
        let batch = Batches.plain([value], producer: (producer.producerId, epoch, sequence), transactional: true)
        return try batch.withUnsafeBytes { bytes in
            let request = ProduceRequest {
                $0.acks = -1
                $0.transactionalId = "x"
                $0.topicData = [
                    .init {
                        $0.name = "t"
                        $0.partitionData = [.init { $0.records = bytes }]
                    }
                ]
            }
            return try client.ask(request, version: version).responses[0].partitionResponses[0].errorCode
        }
    }

    private func end(epoch: Int16, commits: Bool = true) throws -> EndTxnResponse {
        let request = EndTxnRequest {
            $0.transactionalId = "x"
            ($0.producerId, $0.producerEpoch) = (producer.producerId, epoch)
            $0.committed = commits
        }
        return try client.ask(request, version: 5)
    }

    @Test func firstWriteAddsItsPartitionAndEachTransactionHasAnEpoch() throws {
        #expect(try write("a", epoch: 0) == .noError)
        #expect(try write("b", epoch: 0, sequence: 1) == .noError)
        let first = try end(epoch: 0)
        #expect(first.errorCode == .noError && first.producerId == producer.producerId && first.producerEpoch == 1)
        #expect(try write("late", epoch: 0, sequence: 2) == .invalidProducerEpoch, "what comes late is in no other")
        #expect(try write("c", epoch: 1) == .noError, "sequences begin anew")
        #expect(try end(epoch: 1, commits: false).producerEpoch == 2)
        #expect(try client.everything(in: "t", committedOnly: true) == ["a", "b"])
    }

    /// As Kafka shows it: -1 until a marker has told the coordinator's epoch.
    @Test func producersAreDescribedWithTheCoordinatorThatEndedTheirTransactions() throws {
        func coordinatorEpoch() throws -> Int32? {
            let request = DescribeProducersRequest {
                $0.topics = [
                    .init {
                        $0.name = "t"
                        $0.partitionIndexes = [0]
                    }
                ]
            }
            return try client.ask(request, version: 0).topics[0].partitions[0].activeProducers.first?.coordinatorEpoch
        }
        #expect(try write("a", epoch: 0) == .noError)
        #expect(try coordinatorEpoch() == -1)
        #expect(try end(epoch: 0).errorCode == .noError)
        #expect(try coordinatorEpoch() == 0)
    }

    /// The answer to the first was lost.
    @Test func repeatedEndIsToldTheSameEpoch() throws {
        #expect(try write("a", epoch: 0) == .noError)
        for _ in 0..<2 {
            let answer = try end(epoch: 0)
            #expect(answer.errorCode == .noError && answer.producerEpoch == 1)
        }
        #expect(try end(epoch: 0, commits: false).errorCode == .invalidTxnState, "but not another end")
        #expect(try end(epoch: 5).errorCode == .producerFenced)
    }

    /// Older clients say beforehand where they will write, and a write without that is theirs to abort.
    @Test(arguments: [(Int16(9), ErrorCode.invalidTxnState), (11, .transactionAbortable)])
    func olderWriteAddsNothing(_ version: Int16, _ error: ErrorCode) throws {
        #expect(try write("a", epoch: 0, version: version) == error)
    }

    @Test func offsetsAreAddedByTheirCommit() throws {
        func commit(_ version: Int16) throws -> ErrorCode {
            let request = TxnOffsetCommitRequest {
                ($0.transactionalId, $0.groupId) = ("x", "g")
                ($0.producerId, $0.producerEpoch) = (producer.producerId, 0)
                $0.topics = [
                    .init {
                        $0.name = "t"
                        $0.partitions = [.init { $0.committedOffset = 7 }]
                    }
                ]
            }
            return try client.ask(request, version: version).topics[0].partitions[0].errorCode
        }
        #expect(try commit(3) == .invalidTxnState)
        #expect(try commit(4) == .transactionAbortable)
        #expect(try commit(5) == .noError)
        #expect(try end(epoch: 0).producerEpoch == 1)
        let fetch = OffsetFetchRequest {
            $0.groupId = "g"
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitionIndexes = [0]
                }
            ]
        }
        #expect(try client.ask(fetch, version: 7).topics[0].partitions[0].committedOffset == 7)
    }

    @Test func anotherBrokerMayAskWhetherAPartitionIsPart() throws {
        func verify(epoch: Int16) throws -> ErrorCode {
            let request = AddPartitionsToTxnRequest {
                $0.transactions = [
                    .init {
                        $0.transactionalId = "x"
                        ($0.producerId, $0.producerEpoch) = (producer.producerId, epoch)
                        $0.verifyOnly = true
                        $0.topics = [
                            .init {
                                $0.name = "t"
                                $0.partitions = [0]
                            }
                        ]
                    }
                ]
            }
            let results = try client.ask(request, version: 5).resultsByTransaction
            return results[0].topicResults[0].resultsByPartition[0].partitionErrorCode
        }
        #expect(try verify(epoch: 0) == .transactionAbortable)
        #expect(try write("a", epoch: 0) == .noError)
        #expect(try verify(epoch: 0) == .noError)
        #expect(try verify(epoch: 1) == .producerFenced)
    }

    /// The epoch is in the coordinator's log, and so is a producer that follows when the epochs are used up.
    @Test func epochOutlivesARestart() throws {
        #expect(try write("a", epoch: 0) == .noError)
        #expect(try end(epoch: 0).producerEpoch == 1)
        try served.broker.stop()
        let again = try Broker(served.broker.configuration)
        try again.start()
        defer { try? again.stop() }
        let request = EndTxnRequest {
            $0.transactionalId = "x"
            ($0.producerId, $0.producerEpoch) = (producer.producerId, 0)
            $0.committed = true
        }
        let answer = try RawClient(port: again.port).ask(request, version: 5)
        #expect(answer.errorCode == .noError && answer.producerEpoch == 1)
    }
}
