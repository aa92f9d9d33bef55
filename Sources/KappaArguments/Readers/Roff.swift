/// Text for man(7): nothing in it is taken for a request or a ligature.
enum Roff {
    static func text(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "…": result += "\\&..."
            case "→": result += "\\(->"
            case "–": result += "\\(en"
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") ? "\\&" + result : result
    }

    static func bold(_ text: String) -> String { "\\fB\(self.text(text))\\fR" }

    static func heading(_ title: String) -> String { text(title.uppercased()) }

    /// Lines of at most some 80 characters, so that the page can be read as it is.
    static func sentence(_ text: String) -> [String] {
        Paragraphs.wrap(self.text(text), width: 78).map { $0.drop { $0 == " " }.description }.filter { !$0.isEmpty }
            .map { $0.hasPrefix(".") ? "\\&" + $0 : $0 }
    }

    /// The paragraphs of a discussion; indented lines stay as they are.
    static func paragraphs(_ text: String) -> [[String]] {
        var result: [[String]] = []
        var words: [Substring] = [], examples: [Substring] = []
        func close() {
            if !words.isEmpty { result.append(sentence(words.joined(separator: " "))) }
            if !examples.isEmpty { result.append([".nf"] + examples.map { self.text(String($0)) } + [".fi"]) }
            (words, examples) = ([], [])
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            switch (line.isEmpty, line.hasPrefix("  ")) {
            case (true, _): close()
            case (_, true):
                if !words.isEmpty { close() }
                examples.append(line)
            default:
                if !examples.isEmpty { close() }
                words.append(line)
            }
        }
        close()
        return result
    }
}
