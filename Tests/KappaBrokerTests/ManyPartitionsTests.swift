import Glibc
import KappaTestSupport
import KappaWire
import Testing

/// Many partitions with the usual 1,024 descriptors, by the real binary; `make partitions` tries ten thousand.
@Suite struct ManyPartitionsTests {
    private static let count = getenv("KAPPA_PARTITIONS").flatMap { Int32(String(cString: $0)) } ?? 3000
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func start() async throws -> (child: ChildProcess, port: UInt16) {
        let child = try ChildProcess(
            [
                "/bin/sh", "-c",
                "ulimit -n 1024; exec \(Kappa.path) broker run --data \(folder.path)/data "
                    + "--listen 127.0.0.1:0 --fsync os",
            ], environment: [:], directory: folder.path)
        do { try await child.waitForOutput("process", timeout: .seconds(240)) } catch {
            child.signal(SIGKILL)
            throw error
        }
        let line = try #require(child.output.split(separator: "\n").first { $0.hasPrefix("address") })
        return (child, try #require(UInt16(line.split(separator: ":").last ?? "")))
    }

    private func make(_ client: RawClient) throws {
        let request = CreateTopicsRequest {
            $0.timeoutMs = 120_000
            $0.topics = [
                .init {
                    $0.name = "many"
                    $0.numPartitions = ManyPartitionsTests.count
                    $0.replicationFactor = 1
                }
            ]
        }
        #expect(try client.ask(request, version: 6).topics[0].errorCode == .noError)
    }

    /// Writes one record to each of these partitions.
    private func write(_ partitions: [Int32], _ client: RawClient) throws {
        try Batches.plain(["value"]).withUnsafeBytes { batch in
            let request = ProduceRequest {
                $0.acks = -1
                $0.topicData = [
                    .init {
                        $0.name = "many"
                        $0.partitionData = partitions.map { index in
                            .init {
                                $0.index = index
                                $0.records = batch
                            }
                        }
                    }
                ]
            }
            let parts = try client.ask(request, version: 9).responses[0].partitionResponses
            #expect(parts.count == partitions.count && parts.allSatisfy { $0.errorCode == .noError })
        }
    }

    /// How many bytes each of these partitions has from its start on.
    private func read(_ partitions: [Int32], _ client: RawClient) throws -> [Int] {
        let request = FetchRequest {
            $0.maxWaitMs = 1000
            $0.minBytes = 1
            $0.maxBytes = .max
            $0.topics = [
                .init {
                    $0.topic = "many"
                    $0.partitions = partitions.map { index in
                        .init {
                            $0.partition = index
                            $0.partitionMaxBytes = 1000
                        }
                    }
                }
            ]
        }
        try client.send(request, version: 12, correlationId: 1)
        return try client.receive().withUnsafeBytes { frame in
            try FetchResponse.decode(frame: frame, version: 12).body.responses[0].partitions.map { part in
                guard part.errorCode == .noError, case .borrowed(let bytes) = part.records else { return -1 }
                return bytes.count
            }
        }
    }

    private func descriptors(of child: ChildProcess) -> Int {
        guard let folder = opendir("/proc/\(child.pid)/fd") else { return -1 }
        defer { closedir(folder) }
        var count = -2
        while readdir(folder) != nil { count += 1 }
        return count
    }

    @Test(.timeLimit(.minutes(15)))
    func partitionsNeedFewerDescriptorsThanThereAreOfThem() async throws {
        var (child, port) = try await start()
        defer { child.signal(SIGKILL) }
        var client = try RawClient(port: port, patienceSeconds: 240)
        try make(client)
        let some = stride(from: Int32(0), to: ManyPartitionsTests.count, by: 5).map { $0 }
        try write(some, client)
        let size = Batches.plain(["value"]).count
        #expect(try read(some, client).allSatisfy { $0 == size })
        // New connections find descriptors, too.
        let others = try (0..<100).map { _ in try RawClient(port: port) }
        for other in others { _ = try other.ask(ApiVersionsRequest(), version: 3) }
        #expect((1...1024).contains(descriptors(of: child)))
        child.signal(SIGKILL)
        _ = try await child.finish()
        (child, port) = try await start()
        client = try RawClient(port: port, patienceSeconds: 240)
        #expect(try read(some, client).allSatisfy { $0 == size })
        try write(some, client)
        #expect(try read(some, client).allSatisfy { $0 == 2 * size })
        #expect((1...1024).contains(descriptors(of: child)))
        child.signal(SIGTERM)
        _ = try await child.finish()
        let check = try await Kappa.run("broker", "check", "--data", "\(folder.path)/data")
        #expect(check.status == 0, "\(check.output.suffix(2000))\(check.errors)")
    }
}
