import Glibc
import Synchronization

/// The size of a pseudo-terminal.
package struct TerminalSize: Sendable {
    package var columns: Int
    package var rows: Int

    package init(columns: Int = 80, rows: Int = 24) {
        self.columns = columns
        self.rows = rows
    }
}

/// A program that runs beside the test, with its output gathered by a thread. It is killed when it is let go.
package final class ChildProcess: Sendable {
    package struct Trouble: Error, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    package struct Result: Sendable {
        package let output: String
        package let errors: String
        /// The exit status, or 128 and the signal that ended it.
        package let status: Int32
        package var lines: [String] { output.split(separator: "\n").map(String.init) }
        package var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    }

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openEnds = 2
        var status: Int32?
    }

    package let pid: Int32
    private let state = Mutex(State())
    private let inputEnd: Int32
    private let isTerminal: Bool

    /// In a pseudo-terminal, input, output and errors are all the terminal, and all is found in `output`.
    package init(
        _ words: [String], environment: [String: String], directory: String, terminal: TerminalSize? = nil
    ) throws {
        let ends = try terminal.map(ProcessEnds.init(terminal:)) ?? ProcessEnds()
        isTerminal = terminal != nil
        inputEnd = ends.input
        do {
            pid = try ends.spawn(words, environment, directory)
        } catch {
            ends.closeAll()
            throw error
        }
        LivingChildren.add(pid)
        gather(ends.output) { $0.output += $1 }
        if isTerminal { state.withLock { $0.openEnds -= 1 } } else { gather(ends.errors) { $0.errors += $1 } }
    }

    deinit {
        if state.withLock({ $0.status == nil }) {
            kill(pid, SIGKILL)
            LivingChildren.remove(pid)
            _ = ChildProcess.wait(pid)
        }
        close(inputEnd)
    }

    package var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
    package var errors: String { state.withLock { String(decoding: $0.errors, as: UTF8.self) } }

    package func signal(_ number: Int32) {
        if state.withLock({ $0.status == nil }) { kill(pid, number) }
    }

    /// Types into its standard input.
    package func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { bytes in
                isTerminal
                    ? Glibc.write(inputEnd, bytes.baseAddress!, bytes.count)
                    : send(inputEnd, bytes.baseAddress!, bytes.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    package func closeInput() { if !isTerminal { shutdown(inputEnd, Int32(SHUT_WR)) } }

    /// Waits until its output (or its errors) holds the text.
    package func waitForOutput(_ text: String, timeout: Duration = .seconds(30)) async throws {
        try await wait("'\(text)'", timeout) { self.output.contains(text) || self.errors.contains(text) }
    }

    /// Gives it its input and waits for its end.
    package func finish(stdin: String = "", timeout: Duration = .seconds(30)) async throws -> Result {
        if !stdin.isEmpty { write(stdin) }
        closeInput()
        try await wait("its end", timeout) { self.hasEnded() }
        try await wait("its last words", .seconds(5)) { self.state.withLock { $0.openEnds == 0 } }
        return Result(output: output, errors: errors, status: state.withLock { $0.status ?? -1 })
    }

    package func hasEnded() -> Bool {
        state.withLock { state in
            if state.status != nil { return true }
            var status: Int32 = 0
            guard waitpid(pid, &status, WNOHANG) == pid else { return false }
            LivingChildren.remove(pid)
            state.status = ChildProcess.exitStatus(status)
            return true
        }
    }

    private func wait(_ what: String, _ timeout: Duration, until condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + timeout
        while !condition() {
            guard ContinuousClock.now < deadline else {
                throw Trouble("waited \(timeout) for \(what); output: \(output) errors: \(errors)")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private static func wait(_ pid: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return exitStatus(status)
    }

    private static func exitStatus(_ status: Int32) -> Int32 {
        status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    /// Reads one end until it closes; a pseudo-terminal closes with EIO.
    private func gather(_ descriptor: Int32, _ keep: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void) {
        let work = Work { [weak self] in
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while case let count = read(descriptor, &bytes, bytes.count), count > 0 || (count < 0 && errno == EINTR) {
                guard count > 0 else { continue }
                self?.state.withLock { keep(&$0, bytes[..<count]) }
            }
            close(descriptor)
            self?.state.withLock { $0.openEnds -= 1 }
        }
        work.start()
    }
}

/// A closure on a thread of its own.
final class Work {
    private let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }

    func start() {
        var thread = pthread_t()
        let retained = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, retained)
        if code == 0 { pthread_detach(thread) } else { Unmanaged<Work>.fromOpaque(retained).release() }
    }
}
