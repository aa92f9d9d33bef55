/// Breaks text into lines.
package enum Paragraphs {
    /// Paragraphs are parted by empty lines; a line that begins with two spaces is left as it is.
    package static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var words: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty || line.hasPrefix("  ") {
                lines += fill(words, width: width)
                words = []
                lines.append(String(line))
            } else {
                words += line.split(separator: " ")
            }
        }
        return lines + fill(words, width: width)
    }

    private static func fill(_ words: [Substring], width: Int) -> [String] {
        var lines: [String] = []
        for word in words {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
