/// A named value of a command line: `--window 10s`, `--window=10s`, `-w10s`.
///
/// The type of the key says how it may be left out: `Option<Duration>` has a default or must be given,
/// `Option<Duration?>` may be absent, `Option<[String]>` may be repeated.
package struct Option<Value: Sendable>: ParameterKey {
    package let parameter: Parameter

    private init<Element>(
        _ name: String, _ short: Character?, _ aliases: [String], _ type: ValueType<Element>, _ form: Parameter.Form,
        _ settings: (placeholder: String?, settable: Bool, hidden: Bool, section: String),
        _ help: String, _ discussion: String, defaultWord: String? = nil, bareWord: String? = nil,
        isRequired: Bool = false,
        read: @escaping @Sendable ([String]) throws(ValueError) -> Value
    ) {
        parameter = Parameter(
            form: form, name: name, short: short, aliases: aliases,
            placeholder: settings.placeholder ?? type.placeholder, help: help, discussion: discussion,
            choices: type.choices, completion: type.completion, defaultWord: defaultWord, bareWord: bareWord,
            isRequired: isRequired,
            isSecret: type.isSecret, isHidden: settings.hidden, isSettable: settings.settable,
            section: settings.section, read: { (words) throws(ValueError) in try read(words) })
    }

    /// One value: the default, as it would be typed, when it is not given; without a default it must be given.
    package init(
        _ name: String, short: Character? = nil, aliases: [String] = [], placeholder: String? = nil,
        type: ValueType<Value>, default word: String? = nil, settable: Bool = true, hidden: Bool = false,
        section: String = "", help: String, discussion: String = ""
    ) {
        self.init(
            name, short, aliases, type, .option(repeated: false), (placeholder, settable, hidden, section), help,
            discussion, defaultWord: word, isRequired: word == nil
        ) { (words) throws(ValueError) in
            guard let last = words.last ?? word else { throw ValueError("it must be given") }
            return try type.parse(last)
        }
    }

    /// A value that may be absent. With a `bare` word the option may be given without a value, and then says that.
    package init<Wrapped>(
        _ name: String, short: Character? = nil, aliases: [String] = [], placeholder: String? = nil,
        type: ValueType<Wrapped>, bare: String? = nil, settable: Bool = true, hidden: Bool = false,
        section: String = "", help: String, discussion: String = ""
    ) where Value == Wrapped? {
        self.init(
            name, short, aliases, type, .option(repeated: false), (placeholder, settable, hidden, section), help,
            discussion, bareWord: bare
        ) { (words) throws(ValueError) in
            guard let last = words.last else { return nil }
            return try type.parse(last)
        }
    }

    /// Any number of values, one for each time that it is given.
    package init<Element>(
        _ name: String, short: Character? = nil, aliases: [String] = [], placeholder: String? = nil,
        type: ValueType<Element>, settable: Bool = false, hidden: Bool = false, section: String = "", help: String,
        discussion: String = ""
    ) where Value == [Element] {
        self.init(
            name, short, aliases, type, .option(repeated: true), (placeholder, settable, hidden, section), help,
            discussion
        ) { (words) throws(ValueError) in
            try type.list(words)
        }
    }
}

extension ValueType {
    func list(_ words: [String]) throws(ValueError) -> [Value] {
        var values: [Value] = []
        for word in words { values.append(try parse(word)) }
        return values
    }
}
