/// What a job says while it runs, to whoever started it: a terminal, a page, a test.
///
/// Words may be said from any thread. Nothing that a program has to decide on is said here.
package struct Voice: Sendable {
    package enum Saying: Sendable, Equatable {
        /// What a person wants to know.
        case note(String)
        /// What a person should know even where they asked for silence.
        case warning(String)
        case error(String)
        /// For a person who asked for more.
        case detail(String)
        /// How far it is, in place of what was said of that before; empty when it is over.
        case progress(String)
    }

    package let level: Level
    /// Whether progress is shown at all.
    package let showsProgress: Bool
    private let say: @Sendable (Saying) -> Void

    package enum Level: Int, Sendable { case quiet, normal, verbose }

    package init(level: Level = .normal, showsProgress: Bool = false, say: @escaping @Sendable (Saying) -> Void) {
        self.level = level
        self.showsProgress = showsProgress
        self.say = say
    }

    /// Nobody listens.
    package static let silent = Voice(level: .quiet) { _ in }

    /// The same, with somebody else who hears everything first.
    package func heard(by listener: @escaping @Sendable (Saying) -> Void) -> Voice {
        Voice(level: level, showsProgress: showsProgress) { [say] saying in
            listener(saying)
            say(saying)
        }
    }

    package func note(_ text: @autoclosure () -> String) {
        if level != .quiet { say(.note(text())) }
    }

    package func warning(_ text: String) { say(.warning(text)) }

    package func error(_ text: String) { say(.error(text)) }

    package func detail(_ text: @autoclosure () -> String) {
        if level == .verbose { say(.detail(text())) }
    }

    package func progress(_ text: @autoclosure () -> String) {
        if showsProgress { say(.progress(text())) }
    }
}
