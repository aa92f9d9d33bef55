import Glibc
import KappaBroker
import KappaTestSupport
import KappaWire
import Testing

/// A disk without room, by a real one: a small file system of memory in a name space of its own.
@Suite(.serialized) struct FullDiskTests {
    private static let canUnshare = access("/usr/bin/unshare", X_OK) == 0

    @Test(.enabled(if: canUnshare, "unshare is not installed"), .timeLimit(.minutes(2)))
    func everyWriteIsRefusedAndEverythingGoesOnWithSpace() async throws {
        let folder = try TemporaryDirectory()
        let room = "\(folder.path)/room"
        mkdir(room, 0o700)
        // What fills the disk later goes when the file `goes` is there, which the name space shares.
        let script = """
            mount -t tmpfs -o size=6m none \(room) || exit 9
            dd if=/dev/zero of=\(room)/filler bs=1k count=4500 2>/dev/null
            \(Kappa.path) broker run --data \(room)/broker --listen 127.0.0.1:0 &
            while [ ! -e \(folder.path)/goes ]; do sleep 0.05; done
            rm \(room)/filler
            wait
            """
        let child = try ChildProcess(
            ["/usr/bin/unshare", "-rm", "sh", "-c", script], environment: [:], directory: folder.path)
        defer { child.signal(SIGKILL) }
        do {
            try await child.waitForOutput("process")
        } catch {
            // Containers may forbid mounting.
            return
        }
        let line = try #require(child.output.split(separator: "\n").first { $0.hasPrefix("address") })
        let port = try #require(UInt16(line.split(separator: ":").last ?? ""))
        let process =
            pid_t(
                child.output.split(separator: "\n").first { $0.hasPrefix("process") }?
                    .split(separator: " ").last ?? "") ?? 0
        defer { if process > 0 { kill(process, SIGKILL) } }
        let client = try RawClient(port: port)
        _ = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        let given = try client.ask(initTransaction, version: 4)
        #expect(try commit(client, 1) == .noError)
        var acknowledged = 0
        var last = ErrorCode.noError
        while last == .noError, acknowledged < 10_000 {
            last = try client.produceAndWait("t", Batches.plain([String(repeating: "x", count: 500)])).errorCode
            if last == .noError { acknowledged += 1 }
        }
        #expect(last == .kafkaStorageError && acknowledged > 10)
        var answer = ErrorCode.noError
        for number in 0..<2000 where answer == .noError { answer = try commit(client, Int64(number)) }
        #expect(answer == .coordinatorNotAvailable)
        #expect(try end(client, given) != .unknownServerError)
        let create = CreateTopicsRequest {
            $0.topics = [
                .init {
                    $0.name = "u"
                    $0.numPartitions = 1
                    $0.replicationFactor = 1
                }
            ]
        }
        let made = try client.ask(create, version: 6).topics[0].errorCode
        #expect(made == .kafkaStorageError || made == .noError)
        #expect(try client.offset(of: "t", at: -1) == Int64(acknowledged), "readers are answered")
        #expect(try !client.fetch("t", from: 0).bytes.isEmpty)
        _ = try folder.write("goes", "")
        let deadline = ContinuousClock.now + .seconds(60)
        repeat {
            last = try client.produceAndWait("t", Batches.plain(["after"])).errorCode
            usleep(20_000)
        } while last != .noError && ContinuousClock.now < deadline
        #expect(last == .noError)
        #expect(try commit(client, 7, until: deadline) == .noError)
        #expect(try client.offset(of: "t", at: -1) == Int64(acknowledged) + 1)
    }

    private var initTransaction: InitProducerIdRequest {
        InitProducerIdRequest {
            $0.transactionalId = "x"
            $0.transactionTimeoutMs = 60_000
        }
    }

    /// The log of the offsets gets its room at its own next try; a client asks again meanwhile.
    private func commit(
        _ client: RawClient, _ offset: Int64, until deadline: ContinuousClock.Instant
    ) throws -> ErrorCode {
        var answer = ErrorCode.noError
        repeat {
            answer = try commit(client, offset)
            usleep(20_000)
        } while answer == .coordinatorNotAvailable && ContinuousClock.now < deadline
        return answer
    }

    private func commit(_ client: RawClient, _ offset: Int64) throws -> ErrorCode {
        let request = OffsetCommitRequest {
            $0.groupId = "g"
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitions = [
                        .init {
                            $0.committedOffset = offset
                            $0.committedMetadata = String(repeating: "m", count: 3000)
                        }
                    ]
                }
            ]
        }
        return try client.ask(request, version: 8).topics[0].partitions[0].errorCode
    }

    private func end(_ client: RawClient, _ given: InitProducerIdResponse) throws -> ErrorCode {
        let add = AddPartitionsToTxnRequest {
            $0.transactionalId = "x"
            $0.producerId = given.producerId
            $0.producerEpoch = given.producerEpoch
            $0.topics = [
                .init {
                    $0.name = "t"
                    $0.partitions = [0]
                }
            ]
        }
        return try client.ask(add, version: 3).resultsByTopic[0].resultsByPartition[0].partitionErrorCode
    }
}
