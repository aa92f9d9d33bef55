/// Java's `.properties` format: `key=value`, `key: value` or `key value`, `#` and `!` comments, lines that go on
/// after a backslash, escapes.
package enum PropertiesText {
    package static func pairs(_ text: String) -> [(key: String, value: String)] {
        var pairs: [(String, String)] = []
        var held = ""
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let words = held + line.drop { $0 == " " || $0 == "\t" }
            if held.isEmpty, words.isEmpty || words.hasPrefix("#") || words.hasPrefix("!") { continue }
            let backslashes = words.reversed().prefix { $0 == "\\" }.count
            if backslashes % 2 == 1 {
                held = String(words.dropLast())
            } else {
                pairs.append(pair(words[...]))
                held = ""
            }
        }
        if !held.isEmpty { pairs.append(pair(held[...])) }
        return pairs
    }

    private static func pair(_ line: Substring) -> (String, String) {
        var isEscaped = false
        let end =
            line.firstIndex { letter in
                defer { isEscaped = letter == "\\" && !isEscaped }
                return !isEscaped && (letter == "=" || letter == ":" || letter.isWhitespace)
            } ?? line.endIndex
        var rest = line[end...].drop { $0.isWhitespace }
        if rest.first == "=" || rest.first == ":" { rest = rest.dropFirst().drop { $0.isWhitespace } }
        return (unescaped(line[..<end]), unescaped(trimmed(rest)))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func unescaped(_ text: Substring) -> String {
        var result = "", rest = text
        while let letter = rest.popFirst() {
            guard letter == "\\", let next = rest.popFirst() else {
                result.append(letter)
                continue
            }
            switch next {
            case "n": result += "\n"
            case "t": result += "\t"
            case "r": result += "\r"
            case "u":
                let digits = rest.prefix(4)
                rest = rest.dropFirst(digits.count)
                if let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) {
                    result.unicodeScalars.append(scalar)
                }
            default: result.append(next)
            }
        }
        return result
    }
}
