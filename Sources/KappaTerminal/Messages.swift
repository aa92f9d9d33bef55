import Glibc
package import KappaCore

/// Words for people, on standard error. They may quote what others wrote, and no control character of it gets through;
/// safe from any thread, since each message is one write.
package struct Messages: Sendable {
    package typealias Level = Voice.Level

    package let level: Level
    package let terminal: Terminal
    private let descriptor: Int32
    private var log: OwnLog?

    package init(level: Level, terminal: Terminal, descriptor: Int32 = 2) {
        self.level = level
        self.terminal = terminal
        self.descriptor = descriptor
    }

    /// The same, where standard error goes to this file, which is kept from growing without end.
    package func kept(in path: String) -> Messages {
        var messages = self
        messages.log = OwnLog(path, descriptor: descriptor)
        return messages
    }

    /// What a person wants to know; left out with `-q`.
    package func note(_ text: @autoclosure () -> String) {
        if level != .quiet { write(ForeignText.lines(text())) }
    }

    /// What a person should know even so; never left out.
    package func warning(_ text: String) {
        write(terminal.style("warning:", .yellow) + " " + ForeignText.lines(text))
    }

    package func error(_ text: String, style: Style? = nil) {
        let text = ForeignText.lines(text)
        write(style.map { terminal.style(text, $0) } ?? text)
    }

    /// Only with `-v`.
    package func detail(_ text: @autoclosure () -> String) {
        if level == .verbose { write(terminal.style(ForeignText.lines(text()), .dim)) }
    }

    /// The same, for a job that knows no terminal.
    package var voice: Voice {
        Voice(level: level, showsProgress: terminal.isTerminal && level != .quiet) { saying in
            switch saying {
            case .note(let text): note(text)
            case .warning(let text): warning(text)
            case .error(let text): error(text)
            case .detail(let text): detail(text)
            case .progress(let text): draw("\r\u{1B}[K\(text)")
            }
        }
    }

    private func write(_ text: String) {
        let clear = terminal.isTerminal && terminal.hasProgressLine ? "\r\u{1B}[K" : ""
        draw(clear + text + "\n")
        log?.putAsideIfLarge()
    }

    private func draw(_ text: String) {
        text.withCString { bytes in
            var rest = strlen(bytes), start = bytes
            while rest > 0 {
                let count = Glibc.write(descriptor, start, rest)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                (rest, start) = (rest - count, start + count)
            }
        }
    }
}

extension Terminal {
    /// Progress is drawn over the last line, which a message must clear first.
    var hasProgressLine: Bool { isTerminal }
}
