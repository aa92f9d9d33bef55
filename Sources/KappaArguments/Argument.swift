/// A word without a name, told by its place: `TOPIC`. A list takes all the words that are left, and comes last.
package struct Argument<Value: Sendable>: ParameterKey {
    package let parameter: Parameter

    private init<Element>(
        _ name: String, _ type: ValueType<Element>, repeated: Bool, required: Bool, defaultWord: String?,
        _ help: String, _ discussion: String, read: @escaping @Sendable ([String]) throws(ValueError) -> Value
    ) {
        parameter = Parameter(
            form: .positional(repeated: repeated), name: name, short: nil, aliases: [], placeholder: name,
            help: help, discussion: discussion, choices: type.choices, completion: type.completion,
            defaultWord: defaultWord, isRequired: required, isSecret: type.isSecret, isHidden: false,
            isSettable: false, section: "", read: { (words) throws(ValueError) in try read(words) })
    }

    /// One word: the default when it is not given; without a default it must be given.
    package init(
        _ name: String, type: ValueType<Value>, default word: String? = nil, help: String, discussion: String = ""
    ) {
        self.init(name, type, repeated: false, required: word == nil, defaultWord: word, help, discussion) {
            (words) throws(ValueError) in
            guard let last = words.last ?? word else { throw ValueError("it must be given") }
            return try type.parse(last)
        }
    }

    /// One word, or none.
    package init<Wrapped>(_ name: String, type: ValueType<Wrapped>, help: String, discussion: String = "")
    where Value == Wrapped? {
        self.init(name, type, repeated: false, required: false, defaultWord: nil, help, discussion) {
            (words) throws(ValueError) in
            guard let last = words.last else { return nil }
            return try type.parse(last)
        }
    }

    /// All the words that are left; at least one where `required`.
    package init<Element>(
        _ name: String, type: ValueType<Element>, required: Bool = false, help: String, discussion: String = ""
    ) where Value == [Element] {
        self.init(name, type, repeated: true, required: required, defaultWord: nil, help, discussion) {
            (words) throws(ValueError) in try type.list(words)
        }
    }
}
