/// What the readers of a declaration know of an option, a flag or an argument, whatever the type of its value.
package struct Parameter: Sendable {
    package enum Form: Sendable, Equatable {
        /// `--name`, and `--no-name` where it can be taken back.
        case flag(negatable: Bool)
        /// `--name VALUE`, repeated where several are taken.
        case option(repeated: Bool)
        /// A word without a name; a repeated one takes all that are left.
        case positional(repeated: Bool)
    }

    package var form: Form
    package var name: String
    package var short: Character?
    package var aliases: [String]
    /// What stands for the value in the help: `DURATION`.
    package var placeholder: String
    package var help: String
    /// More than the one line of `help`, for `--help` and the man page.
    package var discussion: String
    package var choices: [Choice]
    package var completion: CompletionKind
    package var defaultWord: String?
    /// What an option says that is given without a value, where it may be.
    package var bareWord: String?
    package var isRequired: Bool
    package var isSecret: Bool
    package var isHidden: Bool
    /// Whether the environment (`KAPPA_NAME`) and the settings files (`name = …`) may give it.
    package var isSettable: Bool
    /// The heading of the help under which it stands; empty is the command's own.
    package var section: String
    /// Makes the value out of the words given; no words at all means that it is absent.
    package var read: @Sendable ([String]) throws(ValueError) -> any Sendable

    package var isPositional: Bool {
        if case .positional = form { true } else { false }
    }

    package var isFlag: Bool {
        if case .flag = form { true } else { false }
    }

    package var isRepeated: Bool {
        switch form {
        case .option(let repeated), .positional(let repeated): repeated
        case .flag: false
        }
    }

    package var isNegatable: Bool { form == .flag(negatable: true) }

    /// `KAPPA_MAX_FUTURE` for `--max-future`.
    package var environmentName: String? {
        guard isSettable else { return nil }
        return "KAPPA_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// How an error names it: `--window`, or `TOPIC`.
    package var label: String { isPositional ? name : "--\(name)" }
}

/// Whatever can stand in a command's list of parameters: an `Option`, a `Flag` or an `Argument`.
package protocol ParameterKey: Sendable {
    associatedtype Value: Sendable
    var parameter: Parameter { get }
}
