package import KappaArguments
import Glibc
import KappaCore

/// Where a secret is kept: `file:PATH`, `env:NAME` or `prompt`. The secret itself is never a word of the command line.
package enum SecretReference: Sendable, Equatable {
    case file(String)
    case environment(String)
    case prompt

    package init(word: String) throws(ValueError) {
        if word.hasPrefix("file:"), word.count > 5 {
            self = .file(String(word.dropFirst(5)))
        } else if word.hasPrefix("env:"), word.count > 4 {
            self = .environment(String(word.dropFirst(4)))
        } else if word == "prompt" {
            self = .prompt
        } else {
            // The word may be the secret itself, so it is not repeated.
            throw ValueError(
                "a secret is not written here, where others can read it",
                hint: "say where it is kept: file:PATH, env:NAME or prompt")
        }
    }

    /// Fetches the secret; `what` is what a prompt asks for.
    package func reveal(_ what: String) throws -> Secret {
        switch self {
        case .file(let path):
            let text = try TextFile.read(path, as: "the secret file")
            return Secret(String(text.prefix { $0 != "\n" }))
        case .environment(let name):
            guard let value = Environment.value(name) else { throw UsageError("\(what): \(name) is not set") }
            return Secret(value)
        case .prompt:
            return try SecretReference.ask(what)
        }
    }

    /// Asks on the terminal itself, without echo, whatever standard input is.
    private static func ask(_ what: String) throws -> Secret {
        guard let terminal = fopen("/dev/tty", "r+") else {
            throw UsageError(
                "\(what) has to be typed on a terminal, and there is none",
                hint: "use file:PATH or env:NAME")
        }
        defer { fclose(terminal) }
        var before = termios()
        tcgetattr(fileno(terminal), &before)
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(fileno(terminal), TCSAFLUSH, &silent)
        defer { tcsetattr(fileno(terminal), TCSAFLUSH, &before) }
        fputs("\(what): ", terminal)
        fflush(terminal)
        var line = [CChar](repeating: 0, count: 4096)
        guard fgets(&line, Int32(line.count), terminal) != nil else { throw UsageError("\(what) was not given") }
        fputs("\n", terminal)
        return Secret(String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
}

/// A text that does not show itself in messages.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let revealed: String

    package init(_ revealed: String) { self.revealed = revealed }

    package var description: String { Redaction.mark }
    package var debugDescription: String { Redaction.mark }
}

extension ValueType where Value == SecretReference {
    /// `file:PATH`, `env:NAME` or `prompt`.
    package static var secret: Self {
        ValueType("SECRET", completion: .file, isSecret: true) { (word) throws(ValueError) in
            try SecretReference(word: word)
        }
    }
}
