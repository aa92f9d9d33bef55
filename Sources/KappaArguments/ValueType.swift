/// How a word becomes a value, and what the help and the completions say of it.
package struct ValueType<Value: Sendable>: Sendable {
    package var placeholder: String
    package var choices: [Choice]
    package var completion: CompletionKind
    package var isSecret: Bool
    package var parse: @Sendable (String) throws(ValueError) -> Value

    package init(
        _ placeholder: String, choices: [Choice] = [], completion: CompletionKind = .none, isSecret: Bool = false,
        parse: @escaping @Sendable (String) throws(ValueError) -> Value
    ) {
        self.placeholder = placeholder
        self.choices = choices
        self.completion = completion
        self.isSecret = isSecret
        self.parse = parse
    }
}

/// Why a word is not a value of its type: a sentence that quotes the word and says what would have been right.
package struct ValueError: Error, Equatable {
    package let message: String
    package let hint: String?

    package init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

/// One of the few words that an option takes.
package struct Choice: Sendable, Equatable {
    package let word: String
    package let help: String

    package init(_ word: String, _ help: String = "") {
        self.word = word
        self.help = help
    }
}

/// What the shell offers when the value is completed.
package enum CompletionKind: Sendable, Equatable {
    case none
    case file
    case directory
    /// Asked from the program itself, by name: `topics`, `groups`, `profiles`.
    case dynamic(String)
}

extension ValueType where Value == String {
    package static func string(_ placeholder: String = "TEXT", completion: CompletionKind = .none) -> Self {
        ValueType(placeholder, completion: completion) { (word) throws(ValueError) in word }
    }

    package static var file: Self { .string("FILE", completion: .file) }
    package static var directory: Self { .string("DIR", completion: .directory) }
    package static var topic: Self { .string("TOPIC", completion: .dynamic("topics")) }
    package static var group: Self { .string("GROUP", completion: .dynamic("groups")) }
}

extension ValueType where Value: FixedWidthInteger & Sendable {
    package static func integer(_ range: ClosedRange<Value> = Value.min...Value.max, placeholder: String = "N") -> Self
    {
        ValueType(placeholder) { (word) throws(ValueError) in
            guard let value = Value(word) else { throw ValueError("'\(word)' is not a whole number") }
            guard range.contains(value) else {
                let upper = range.upperBound == Value.max ? "at least \(range.lowerBound)" : nil
                throw ValueError("\(word) is not \(upper ?? "between \(range.lowerBound) and \(range.upperBound)")")
            }
            return value
        }
    }
}

extension ValueType where Value == Double {
    package static func number(_ range: ClosedRange<Double>? = nil, placeholder: String = "NUMBER") -> Self {
        ValueType(placeholder) { (word) throws(ValueError) in
            guard let value = Double(word), value.isFinite else { throw ValueError("'\(word)' is not a number") }
            guard range?.contains(value) ?? true else {
                throw ValueError("\(word) is not between \(range?.lowerBound ?? 0) and \(range?.upperBound ?? 0)")
            }
            return value
        }
    }
}

extension ValueType where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// The cases of an enumeration, by their raw values.
    package static func choice(
        _ placeholder: String, _ help: @Sendable (Value) -> String = { _ in "" }
    ) -> Self {
        let choices = Value.allCases.map { Choice($0.rawValue, help($0)) }
        return ValueType(placeholder, choices: choices) { (word) throws(ValueError) in
            guard let value = Value(rawValue: word) else { throw .notOneOf(choices.map(\.word), word) }
            return value
        }
    }
}

extension ValueError {
    package static func notOneOf(_ words: [String], _ word: String) -> ValueError {
        let message = "'\(word)' is not one of \(words.joined(separator: ", "))"
        return ValueError(message, hint: Spelling.nearest(to: word, among: words).map { "did you mean '\($0)'?" })
    }
}
