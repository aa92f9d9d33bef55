import KappaTestSupport
import Testing

/// Who fetches a job's records, and what happens when that changes.
@Suite struct ProcessFetchTests {
    /// The member keeps its place in the group while the broker is away: another one would have to wait until the old
    /// one is missed, which here takes half a minute.
    @Test(arguments: [0, 7]) func aBrokerThatComesBackIsGoneOnWithAtOnce(secondsAway: Int) async throws {
        var bench = try await ProcessBench.start()
        try await bench.load(2000)
        let job = try bench.startProcess(["-v", "--commit-every", "50ms", "-X", "session.timeout.ms=30000"])
        try await job.waitForOutput("given monitoring[0], fetched by the job itself")
        try await bench.waitForRecords("monitoring.dead")
        try await bench.broker.kill()
        let address = bench.broker.address
        if secondsAway > 0 {
            // After five seconds the job gives its connections up.
            try await job.waitForOutput("starting again from the last commit: \(address): ", timeout: .seconds(30))
        }
        bench = try await bench.withNewBroker()
        try await bench.load(2000, seed: 2)
        try await job.waitForOutput("going on from the last commit", timeout: .seconds(15))
        #expect(!job.errors.contains("fetched by librdkafka"), "\(job.errors)")
        job.signal(15)
        #expect(try await job.finish().status == 143)
        try await bench.drain(ProcessBench.impatient)
        try await bench.verify()
    }

    /// Somebody who says how to fetch or to produce means librdkafka's properties.
    @Test func aWordAboutFetchingOrProducingIsForLibrdkafka() async throws {
        let bench = try await ProcessBench.start()
        try await bench.load(100)
        for (number, (property, reader, writer)) in [
            ("fetch.min.bytes=10", "librdkafka", "the job itself"),
            ("check.crcs=true", "librdkafka", "the job itself"),
            ("compression.codec=zstd", "the job itself", "librdkafka"), ("linger.ms=1", "the job itself", "librdkafka"),
            ("socket.nagle.disable=true", "librdkafka", "librdkafka"),
            ("security.protocol=plaintext", "the job itself", "the job itself"),
            ("client.id=mine", "the job itself", "the job itself"),
        ].enumerated() {
            let run = try await Kappa.run(
                ["process", "--drain", "-v", "--name", "job\(number)", "-X", property] + bench.brokers,
                directory: bench.folder.path)
            #expect(run.status == 0)
            #expect(!run.errors.contains("CONFWARN"), "\(run.errors)")
            #expect(run.errors.contains("fetched by \(reader), written by \(writer)\n"), "\(property): \(run.errors)")
        }
    }
}
