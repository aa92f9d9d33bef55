import KappaArguments
import KappaCore

/// One settings file: `key = value` lines, a `#` at the start of a line for a comment, `[profile NAME]` sections.
struct SettingsFile: Sendable {
    struct Entry: Sendable, Equatable {
        let key: String
        let value: String
        let line: Int
        let profile: String?
    }

    let path: String
    let entries: [Entry]
    let profiles: [String]

    init(path: String, text: String) throws(SettingsError) {
        self.path = path
        var entries: [Entry] = []
        var profiles: [String] = []
        for (index, line) in text.textLines.enumerated() {
            let words = line.trimmed
            if words.isEmpty || words.hasPrefix("#") { continue }
            let place = "\(path):\(index + 1)"
            if words.hasPrefix("[") {
                profiles.append(try SettingsFile.profile(words, place))
            } else {
                let (key, value) = try SettingsFile.pair(words, place)
                entries.append(Entry(key: key, value: value, line: index + 1, profile: profiles.last))
            }
        }
        self.entries = entries
        self.profiles = profiles.uniqued()
    }

    private static func profile(_ line: Substring, _ place: String) throws(SettingsError) -> String {
        let words = line.dropFirst().dropLast().split(separator: " ")
        guard line.hasSuffix("]"), words.count == 2, words[0] == "profile" else {
            throw SettingsError("\(place): '\(line)' is not a section", hint: "sections are written [profile NAME]")
        }
        return String(words[1])
    }

    private static func pair(_ line: Substring, _ place: String) throws(SettingsError) -> (String, String) {
        guard let sign = line.firstIndex(of: "=") else {
            throw SettingsError("\(place): a line without '='", hint: "settings are written key = value")
        }
        let key = line[..<sign].trimmed
        guard !key.isEmpty, key.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) else {
            throw SettingsError("\(place): '\(key)' is not a key", hint: "settings are written key = value")
        }
        var value = line[line.index(after: sign)...].trimmed
        if value.count >= 2, value.first == "\"", value.last == "\"" { value = value.dropFirst().dropLast() }
        return (String(key), String(value))
    }

    /// The entries of a key, in the general part or in a profile.
    func entries(of key: String, profile: String?) -> [Entry] {
        entries.filter { $0.key == key && $0.profile == profile }
    }
}

/// A settings file that cannot be read or understood.
struct SettingsError: Failure, Equatable {
    let kind = FailureKind.usage
    let message: String
    let hint: String?

    init(_ message: String, hint: String? = nil) {
        self.message = message
        self.hint = hint
    }
}

extension Substring {
    var trimmed: Substring {
        var text = drop { $0.isWhitespace }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
