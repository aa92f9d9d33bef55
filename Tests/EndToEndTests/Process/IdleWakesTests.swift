import Glibc
import KappaTestSupport
import Testing

/// A job that has nothing to do leaves the processor alone: its threads are woken a few times a second, not hundreds.
///
/// librdkafka's own threads are counted apart: each of them looks around once a second, and twice more for a member of
/// a group, whatever it is told.
@Suite(.timeLimit(.minutes(4))) struct IdleWakesTests {
    private struct Wakes {
        var own = 0.0
        var library = 0.0
    }

    /// How often each thread has gone to sleep so far, as the kernel counts it, by the thread's number and name.
    private static func sleeps(of pid: Int32) -> [String: Int] {
        var counts: [String: Int] = [:]
        guard let tasks = opendir("/proc/\(pid)/task") else { return [:] }
        defer { closedir(tasks) }
        while let entry = readdir(tasks) {
            let thread = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let status = fopen("/proc/\(pid)/task/\(thread)/status", "r") else { continue }
            defer { fclose(status) }
            var line = [CChar](repeating: 0, count: 256)
            var name = ""
            while fgets(&line, 256, status) != nil {
                let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                let word = text.split(whereSeparator: { " \t\n".contains($0) }).dropFirst().joined(separator: " ")
                if text.hasPrefix("Name:") { name = word }
                if text.hasPrefix("voluntary_ctxt_switches:") { counts["\(thread) \(name)"] = Int(word) ?? 0 }
            }
        }
        return counts
    }

    private func wakes(of pid: Int32, seconds: Int) async throws -> Wakes {
        let before = IdleWakesTests.sleeps(of: pid)
        try await Task.sleep(for: .seconds(seconds))
        var wakes = Wakes()
        for (thread, count) in IdleWakesTests.sleeps(of: pid) {
            let perSecond = Double(count - (before[thread] ?? 0)) / Double(seconds)
            if thread.contains(" rdk:") { wakes.library += perSecond } else { wakes.own += perSecond }
        }
        return wakes
    }

    /// What is still to be done after a start, or a machine that is busy with other things, must not count: so the
    /// quietest of some spans does.
    private func expectQuiet(_ child: ChildProcess, _ what: String) async throws {
        var own: [Double] = [], library: [Double] = []
        for _ in 0..<8 {
            let wakes = try await wakes(of: child.pid, seconds: 4)
            own.append(wakes.own)
            library.append(wakes.library)
            if wakes.own <= 5, wakes.library <= 12 { break }
        }
        #expect(own.min()! <= 5, "\(what): \(own) a second")
        #expect(library.min()! <= 12, "\(what), librdkafka: \(library) a second")
        // A process that had ended would be quiet, too.
        #expect(library.max()! > 1)
    }

    @Test func aProcessorWithoutRecordsSleeps() async throws {
        let bench = try await ProcessBench.start(partitions: 2)
        let job = try bench.startProcess(["--keyed"])
        try await job.waitForOutput("processing monitoring", timeout: .seconds(60))
        try await expectQuiet(job, "process")
        job.signal(SIGTERM)
        #expect(try await job.finish().status == 143)
    }

    @Test func aSinkWithoutRecordsSleeps() async throws {
        let broker = try await BrokerProcess.start()
        let folder = try TemporaryDirectory()
        let made = try await Kappa.run("topics", "create", "piezometer", "-p", "3", "-b", broker.address)
        #expect(made.status == 0, "\(made.errors)")
        let sink = try Kappa.start(
            ["sink", "sqlite", "--store", "sqlite:views.db", "-b", broker.address], directory: folder.path)
        try await expectQuiet(sink, "sink")
        sink.signal(SIGTERM)
        #expect(try await sink.finish().status == 143)
    }
}
