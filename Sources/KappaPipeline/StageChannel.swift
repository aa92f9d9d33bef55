import Glibc
package import KappaCore

/// What a stage tells its supervisor: one JSON object on a line, on a descriptor that the stage inherits.
///
///     {"event":"ready"}   {"event":"doing","what":"windows of 10s"}   {"event":"warning","what":"…"}
///
/// What a stage says on standard error is for people, and nothing is decided by it.
package enum StageEvent: Equatable, Sendable {
    /// It can be used: a server answers, a job knows that its rules are those it began with.
    case ready
    /// What it does, for whoever looks at the pipeline.
    case doing(String)
    /// What a person should know of it.
    case warning(String)

    /// Nil for what this version does not know.
    init?(line: some Sequence<UInt8>) {
        var buffer = JSONBuffer()
        Array(line).withUnsafeBytes { buffer.load($0) }
        guard let object = try? JSONValue(checking: buffer) else { return nil }
        let (event, what) = (object.member("event").text, object.member("what").text)
        switch event {
        case "ready": self = .ready
        case "doing": self = .doing(what)
        case "warning": self = .warning(what)
        default: return nil
        }
    }

    var line: [UInt8] {
        let (event, what): (StaticString, String?) =
            switch self {
            case .ready: ("ready", nil)
            case .doing(let what): ("doing", what)
            case .warning(let what): ("warning", what)
            }
        var writer = ByteWriter()
        writer.append(literal: "{\"event\":\"")
        writer.append(literal: event)
        writer.append(literal: "\"")
        if let what {
            writer.append(literal: ",\"what\":")
            writer.append(quoted: what)
        }
        writer.append(literal: "}\n")
        return Array(writer.bytes)
    }
}

/// A stage's end of the channel to its supervisor; in any other process there is none, and telling does nothing.
package enum StageChannel {
    static let variable = "KAPPA_STAGE_CHANNEL"

    /// To be called before any other thread is there.
    package static func open() {
        guard let word = getenv(variable), let number = Int32(String(cString: word)) else { return }
        unsetenv(variable)
        guard fcntl(number, F_GETFD) >= 0 else { return }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        descriptor = number
    }

    /// Written once, before any other thread is there.
    private nonisolated(unsafe) static var descriptor: Int32 = -1

    /// Whether this process is a stage of a pipeline.
    package static var isOpen: Bool { descriptor >= 0 }

    /// May be called from any thread: a line is one write, which a pipe takes whole or not at all.
    package static func tell(_ event: StageEvent) {
        guard isOpen else { return }
        let line = event.line
        // A supervisor that is gone, or hangs with a full pipe, is no reason for a stage to stop its work.
        guard line.count <= PIPE_BUF else { return tell(event.shortened) }
        var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&poller, 1, 1000) > 0 else { return }
        while line.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) < 0, errno == EINTR {}
    }

    /// The same words, and each warning told to the supervisor too.
    package static func joined(to voice: Voice) -> Voice {
        guard isOpen else { return voice }
        return voice.heard { saying in if case .warning(let text) = saying { tell(.warning(text)) } }
    }
}

extension StageEvent {
    /// Every character may take six bytes in JSON.
    fileprivate var shortened: StageEvent {
        switch self {
        case .ready: .ready
        case .doing(let what): .doing(String(what.prefix(300)))
        case .warning(let what): .warning(String(what.prefix(300)))
        }
    }
}
