/// A switch: `--follow`, `-f`, and `--no-follow` where it can be taken back.
package struct Flag: ParameterKey {
    package typealias Value = Bool
    package let parameter: Parameter

    package init(
        _ name: String, short: Character? = nil, aliases: [String] = [], default value: Bool = false,
        negatable: Bool? = nil, settable: Bool = false, hidden: Bool = false, section: String = "", help: String,
        discussion: String = ""
    ) {
        parameter = Parameter(
            form: .flag(negatable: negatable ?? value), name: name, short: short, aliases: aliases, placeholder: "",
            help: help, discussion: discussion, choices: [], completion: .none, defaultWord: value ? "yes" : nil,
            isRequired: false, isSecret: false, isHidden: hidden, isSettable: settable, section: section
        ) { (words) throws(ValueError) in
            guard let word = words.last else { return value }
            guard let given = Flag.value(of: word) else { throw ValueError("'\(word)' is not yes or no") }
            return given
        }
    }

    /// The words of the environment and of the settings files.
    package static func value(of word: String) -> Bool? {
        switch word.lowercased() {
        case "yes", "true", "on", "1": true
        case "no", "false", "off", "0", "": false
        default: nil
        }
    }
}
