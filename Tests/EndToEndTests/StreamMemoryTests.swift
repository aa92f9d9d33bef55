import Glibc
import KappaTestSupport
import Testing

/// A stream of any length goes through 64 MiB, in and out.
@Suite struct StreamMemoryTests {
    /// The most memory that the process has held so far.
    private func peakKilobytes(_ child: ChildProcess) throws -> Int {
        let file = try #require(fopen("/proc/\(child.pid)/status", "r"))
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                .split { $0 == " " || $0 == "\t" }
            if words.first == "VmHWM:" { return Int(words[1]) ?? Int.max }
        }
        throw ChildProcess.Trouble("no VmHWM")
    }

    @Test func whatGoesThroughIsNotHeld() async throws {
        let suite = try await LogSuite()
        let name = LogSuite.name("stream")
        let folder = try TemporaryDirectory()
        try await suite.kappa("topics", "create", name, "-p", "1")
        let line = (0..<11).map { String(UInt64($0 + 1) &* 0x9E37_79B9_7F4A_7C15, radix: 36) }.joined()
        let file = try folder.write("lines", String(repeating: line.prefix(199) + "\n", count: 10_000))
        // 300,000 lines, 60 MB, and then one that is typed.
        let files = Array(repeating: file, count: 30)
        let writer = try suite.start(["produce", "-t", name, "-z", "none"] + files + ["-"], in: folder)
        writer.write("the last of all\n")
        let wait = try await suite.kappa("consume", name, "--grep", "^the last", "-c", "1", timeout: .seconds(60))
        #expect(wait.lines == ["the last of all"])
        // All of it is there from the start on now, and this one reads as fast as it can.
        let reader = try suite.start(["consume", name, "--grep", "^the last"], in: folder)
        try await reader.waitForOutput("the last of all\n", timeout: .seconds(60))
        for child in [writer, reader] { #expect(try peakKilobytes(child) < 64 * 1024) }
        for child in [writer, reader] { child.signal(SIGTERM) }
        #expect(try await writer.finish().errors.contains("300001 were delivered"))
        _ = try await reader.finish()
    }
}
