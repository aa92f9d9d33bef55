import Glibc
import KappaCore
import KappaTestSupport
import Testing

/// Pipelines of another shape than the usual one, and what is left of one that was killed.
@Suite(.serialized) struct UpJobsTests {
    @Test func aSecondJobHasResultsOfItsOwnAndIsNotInTheBooks() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write(
            "pipeline.conf",
            """
            up.job = second
            up.partitions = 3
            [profile second]
            process.window = 2s
            process.grace = 2s
            process.output = second
            process.route = ""

            """)
        let result = try await UpTests.up("-f", file, "--count", "4000", "--faults", "3%", folder: folder)
        #expect(result.status == 0, "\(result.errors)")
        let books = try UpTests.books(result.output)
        #expect(books["produced"] == 4000 && books["late"]! > 60 && books["dead"]! > 60)
        #expect(books["stored"]! + books["late"]! + books["dead"]! == 4000)
        let data = "\(folder.path)/data"
        #expect(try await UpTests.stored(data) == "\(books["windows"]!) \(books["stored"]!)\n\(books["windows"]!)\n")
        // kcat finds the second job's windows, each reading in one of them, or late, or dead.
        let broker = try Kappa.start(
            ["broker", "run", "--data", "\(data)/broker", "--listen", "127.0.0.1:0"], directory: folder.path)
        try await broker.waitForOutput("process")
        let line = try #require(broker.output.split(separator: "\n").first { $0.hasPrefix("address") })
        let address = String(try #require(line.split(separator: " ").last))
        func read(_ topic: String) throws -> String {
            try Subprogram.output(
                of: "/usr/bin/kcat",
                ["-C", "-b", address, "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%s %h\n"])
        }
        let counts = try read("second").matches(of: #/"count":(\d+)/#).compactMap { Int($0.output.1) }
        let refused = try ["monitoring.late", "monitoring.dead"].map {
            try read($0).components(of: "kappa.job=second")
        }
        #expect(counts.reduce(0, +) + refused.reduce(0, +) == 4000)
        broker.signal(SIGTERM)
        _ = try await broker.finish()
    }

    @Test func stagesWhoseWordsAreForProgramsAreKnownToBeReady() async throws {
        let folder = try TemporaryDirectory()
        // The broker says where it is in JSON, and nobody says anything in colour.
        let result = try await Kappa.run(
            ["up", "--data", "\(folder.path)/data", "--listen", ":0", "--count", "500"],
            environment: ["KAPPA_JSON": "yes"], directory: folder.path, timeout: .seconds(120))
        #expect(result.status == 0, "\(result.errors)")
        #expect(try UpTests.books(result.output)["produced"] == 500)
    }

    @Test func otherRulesEndThePipelineAtOnce() async throws {
        let folder = try TemporaryDirectory()
        #expect(try await UpTests.up("--count", "500", folder: folder).status == 0)
        let result = try await UpTests.up("--for", "60s", "--window", "1m", folder: folder)
        #expect(result.status == 1)
        #expect(result.errors.contains("other rules") && result.errors.contains("process cannot run"))
        // Without its lines, the pipeline still says why.
        let quiet = try await UpTests.up("--for", "60s", "--window", "1m", "--quiet", folder: folder)
        #expect(quiet.status == 1)
        #expect(quiet.errors.split(separator: "\n").first == "kappa: process cannot run (status 2)")
        #expect(quiet.errors.contains("other rules") && quiet.errors.contains("kappa replay"))
    }

    @Test func aStageThatIsStoppedDoesNotOutliveItsSupervisorForLong() async throws {
        let folder = try TemporaryDirectory()
        let data = "\(folder.path)/data"
        let child = try Kappa.start(["up", "--data", data, "--listen", ":0", "-w", "1s"], directory: folder.path)
        try await child.waitForOutput("processing monitoring")
        try await UpTests.waitUntilRunning(data)
        let stopped = try await UpTests.pid(of: "process", data)
        kill(stopped, SIGSTOP)
        child.signal(SIGKILL)
        #expect(try await child.finish().status == 137)
        let result = try await UpTests.up("--for", "1s", "-w", "1s", folder: folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(kill(stopped, 0) != 0)
        let books = try UpTests.books(result.output)
        #expect(books["stored"]! + books["late"]! + books["dead"]! == books["produced"]!)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
