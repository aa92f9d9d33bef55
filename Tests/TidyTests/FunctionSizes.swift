extension SourceFile {
    /// The functions, initialisers and computed properties with a body, each with its line and how many lines it has.
    ///
    /// The formatter puts the brace that ends a body below the first letter of its declaration.
    var functions: [(line: Int, name: String, count: Int)] {
        lines.indices.compactMap { index in
            guard let name = SourceFile.functionName(lines[index]), let end = bodyEnd(from: index) else { return nil }
            return (index + 1, name, end - index + 1)
        }
    }

    private static let words: Set<Substring> = ["func", "init", "deinit", "subscript", "var"]

    private static func functionName(_ line: Substring) -> String? {
        let text = line.drop { $0 == " " }
        guard !text.hasPrefix("//"), !text.hasPrefix("case ") else { return nil }
        let parts = text.split(maxSplits: 8) { " (?!<{:".contains($0) }
        guard let at = parts.firstIndex(where: words.contains), at < 6 else { return nil }
        let modifiers: Set<Substring> = [
            "package", "public", "private", "fileprivate", "static", "final", "override", "mutating", "convenience",
            "required", "consuming", "borrowing", "nonmutating", "lazy", "unowned", "weak", "class", "set", "set)",
            "unsafe)", "nonisolated", "@inline", "__always)", "@inlinable", "@discardableResult", "never)",
        ]
        guard parts[..<at].allSatisfy(modifiers.contains) else { return nil }
        return at + 1 < parts.count ? String(parts[at + 1]) : String(parts[at])
    }

    /// The index of the line that ends the body; nil where there is none.
    private func bodyEnd(from start: Int) -> Int? {
        let margin = lines[start].prefix { $0 == " " }
        var depth = 0
        for index in start..<lines.count {
            for character in lines[index] {
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
            }
            guard depth <= 0 else { continue }
            // A body that ends on the line where it begins is short.
            guard lines[index].hasSuffix("{") else { return nil }
            return lines[(index + 1)...].firstIndex { $0 == margin + "}" }
        }
        return nil
    }
}
