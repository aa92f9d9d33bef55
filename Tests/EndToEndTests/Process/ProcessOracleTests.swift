import Glibc
import KappaTestSupport
import Testing

/// Same log, same job: same bytes, whatever the batch sizes, the commits, the instances and the partitions.
@Suite(.serialized) struct ProcessOracleTests {
    struct Shape: Sendable, CustomStringConvertible {
        var partitions = 1
        var count = 4000
        var format = "reading"
        var produce: [String] = []
        var options: [String] = []
        var description: String { "\(partitions) partitions, \(count) \(format)s, \(options.joined(separator: " "))" }
    }

    /// Every combination in the long form; otherwise these, among which each choice meets each of the others.
    static let shapes: [Shape] = {
        guard getenv("KAPPA_LONG_TESTS") != nil else { return chosen }
        let all = (0..<72).map { number in
            shape(
                ["1", "7", "10000"][number % 3], [everyRecord, everySecond][number / 3 % 2],
                ["1", "2", "4"][number / 6 % 3], [1, 6][number / 18 % 2], ["reading", "snapshot"][number / 36])
        }
        return all + [keyed]
    }()

    private static let chosen = [
        shape("1", everySecond, "1", 1, "reading"), shape("1", everyRecord, "2", 6, "snapshot"),
        shape("1", everySecond, "4", 6, "reading"), shape("7", everyRecord, "1", 6, "reading"),
        shape("7", everySecond, "2", 1, "snapshot"), shape("7", everyRecord, "4", 1, "reading"),
        shape("10000", everySecond, "1", 6, "snapshot"), shape("10000", everyRecord, "2", 1, "reading"),
        shape("10000", everySecond, "4", 6, "snapshot"), shape("10000", everyRecord, "1", 1, "snapshot"), keyed,
    ]

    /// Who says how records are fetched has librdkafka fetch them.
    private static let throughLibrdkafka = ["-X", "fetch.wait.max.ms=20", "-X", "linger.ms=20"]

    private static let everyRecord = ["--commit-records", "1"]
    private static let everySecond = ["--commit-every", "1s"]
    private static let keyed = Shape(
        partitions: 6, produce: ["--key-field", "borehole_number", "--on-error", "keep"],
        options: ["--keyed", "--instances", "2"] + ProcessBench.impatient)

    private static func shape(
        _ polls: String, _ commits: [String], _ instances: String, _ partitions: Int, _ format: String
    ) -> Shape {
        // A transaction for every record takes its time, and each sends a mark to every partition of a keyed topic.
        let few = polls == "1" ? (12, 2) : (50, 5)
        let (readings, snapshots) = commits == everySecond ? (4000, 200) : partitions == 1 ? (250, 40) : few
        return Shape(
            partitions: partitions, count: format == "snapshot" ? snapshots : readings, format: format,
            options: ["--poll-size", polls, "--instances", instances] + commits + ProcessBench.impatient
                + (polls == "7" ? throughLibrdkafka : []))
    }

    @Test(arguments: shapes)
    func theOutputEqualsTheOracle(shape: Shape) async throws {
        let bench = try await ProcessBench.start(partitions: shape.partitions)
        try await bench.load(shape.count, options: ["--format", shape.format], produce: shape.produce)
        try await bench.drain(shape.options)
        try await bench.verify()
    }

    @Test func everyRunGivesTheSameBytesInTheSameOrder() async throws {
        let bench = try await ProcessBench.start()
        try await bench.load(2000)
        try await bench.drain(["--name", "a", "--output", outputs("a"), "--poll-size", "7"])
        try await bench.drain(["--name", "b", "--output", outputs("b"), "--commit-records", "150"])
        for instrument in ProcessBench.outputs.prefix(5) {
            let first = try await bench.kappa("consume", "a.\(instrument)", "-e")
            let second = try await bench.kappa("consume", "b.\(instrument)", "-e")
            #expect(first == second)
            #expect(!first.isEmpty)
        }
    }

    private func outputs(_ prefix: String) -> String {
        ProcessBench.outputs.prefix(5).map { "\($0)=\(prefix).\($0)" }.joined(separator: ",")
    }

    /// The topic has one series of numbers for the broker to know copies by, whoever writes.
    @Test(arguments: [[], ["-X", "linger.ms=20"]]) func severalValuesMayShareATopic(options: [String]) async throws {
        let bench = try await ProcessBench.start(partitions: 2)
        try await bench.load(3000)
        try await bench.drain(["--name", "a"])
        let shared = ProcessBench.outputs.prefix(5).map { "\($0)=all" }.joined(separator: ",")
        let run = try await Kappa.run(
            ["process", "--drain", "--name", "b", "--output", shared, "--commit-records", "150"] + options
                + bench.brokers)
        #expect(run.status == 0 && !run.errors.contains("starting again"), "\(run.errors)")
        let apart = try await bench.kappa(["consume", "-e"] + ProcessBench.outputs.prefix(5))
        let together = try await bench.kappa("consume", "-e", "all")
        #expect(apart.split(separator: "\n").sorted() == together.split(separator: "\n").sorted())
        #expect(!together.isEmpty)
    }

    @Test func theOtherJobsRunOnTheSameMachinery() async throws {
        let bench = try await ProcessBench.start(partitions: 3)
        try bench.write("the cat\nthe dog and the cat\n\none\n", to: "lines")
        try await bench.kappa("produce", "monitoring", "lines")
        try await bench.kappa("process", "wordcount", "--per", "word", "--output", "words", "--drain")
        try await bench.kappa("process", "wordcount", "--per", "line", "--output", "lengths", "--drain", "--name", "l")
        try await bench.kappa("process", "map", "--template", "<{value}>", "--output", "mapped", "--drain")
        let words = try await bench.kappa("consume", "words", "-e").split(separator: "\n")
        #expect(words.count == 8)
        #expect(Set(words).isSuperset(of: [#"{"word":"the","count":3}"#, #"{"word":"cat","count":2}"#]))
        #expect(try await bench.kappa("consume", "lengths", "-e").contains(#"{"line":"the cat","words":2}"#))
        let mapped = try await bench.kappa("consume", "mapped", "-e").split(separator: "\n")
        #expect(mapped.sorted() == ["<>", "<one>", "<the cat>", "<the dog and the cat>"])
        try await bench.kappa("process", "map", "--window", "5s", "--template", "x", status: 2)
        // They have no late readings, so nobody has made a topic for them, and nobody looks for it.
        let run = try await Kappa.run(
            ["process", "map", "--template", "x", "--output", "again", "--drain", "--name", "m", "-v"] + bench.brokers)
        #expect(run.status == 0 && !run.errors.contains("starting again"), "\(run.errors)")
        #expect(run.errors.contains("written by the job itself"), "\(run.errors)")
    }

    @Test func aStoppedJobGoesOnWhereItWas() async throws {
        let bench = try await ProcessBench.start()
        try await bench.load(1500, seed: 1)
        let job = try bench.startProcess(["--commit-every", "50ms"])
        try await bench.waitForRecords("piezometer")
        job.signal(15)
        let result = try await job.finish(timeout: .seconds(20))
        #expect(result.status == 143)
        // Later readings of the same site, by the same seed.
        try await bench.load(3000, seed: 1)
        try await bench.drain()
        try await bench.verify()
    }

    @Test func otherRulesRefuseToContinue() async throws {
        let bench = try await ProcessBench.start()
        try await bench.load(300)
        try await bench.drain()
        let result = try await Kappa.run(
            ["process", "--drain", "--grace", "20s"] + bench.brokers, directory: bench.folder.path)
        #expect(result.status == 2)
        #expect(result.errors.contains("other rules"))
        #expect(result.errors.contains("kappa replay"))
    }

    @Test func whatAJobCannotPromiseIsRefused() async throws {
        let bench = try await ProcessBench.start()
        for (words, cause) in [
            (["--commit-every", "11m"], "ten minutes at most")
        ] {
            let run = try await Kappa.run(["process", "--drain"] + words + bench.brokers)
            #expect(run.status == 2 && run.errors.contains(cause), "\(run.errors)")
        }
    }

    @Test func aMissingInputIsNamed() async throws {
        let bench = try await ProcessBench.start()
        let result = try await Kappa.run(["process", "-i", "nowhere", "--drain"] + bench.brokers)
        #expect(result.status == 1)
        #expect(result.errors.contains("'nowhere'"))
    }

    @Test func theTopicsOfAJobAreMadeUnlessThatIsRefused() async throws {
        let bench = try await ProcessBench.start(partitions: 2)
        try await bench.kappa("process", "--drain", "--no-create", status: 1)
        #expect(try await !bench.kappa("topics", "list").contains("piezometer"))
        let plan = try await bench.kappa("process", "--dry-run")
        #expect(plan.contains("monitoring.keyed, 2 partitions"))
        #expect(plan.contains("fingerprint"))
        #expect(try await !bench.kappa("topics", "list").contains("piezometer"))
        try await bench.drain()
        #expect(try await bench.kappa("topics", "list").contains("piezometer"))
    }
}
