import KappaCore

/// A topic as a file declares it.
package struct TopicDeclaration: Equatable {
    package struct Setting: Equatable {
        package var key: String
        package var value: String
    }

    package var name: String
    package var partitions: Int?
    package var replication: Int?
    package var settings: [Setting] = []

    package static func read(_ file: String) throws -> [TopicDeclaration] {
        try parse(TextFile.read(file), name: file == "-" ? "standard input" : file)
    }

    static func parse(_ text: String, name: String) throws -> [TopicDeclaration] {
        var topics: [TopicDeclaration] = []
        for (index, raw) in text.textLines.enumerated() {
            let line = raw.trimmingSpaces
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            do throws(RecordFailure) {
                try add(line, to: &topics)
            } catch {
                throw JobFailure(
                    usage: "\(name), line \(index + 1): \(error.message)",
                    hint: "sections are [topic NAME], settings KEY = VALUE")
            }
        }
        return topics
    }

    private static func add(_ line: String, to topics: inout [TopicDeclaration]) throws(RecordFailure) {
        if line.hasPrefix("["), line.hasSuffix("]") {
            let words = line.dropFirst().dropLast().split(separator: " ")
            guard words.count == 2, words[0] == "topic" else { throw .malformed("'\(line)' is no section of a topic") }
            guard !topics.contains(where: { $0.name == words[1] }) else {
                throw .malformed("topic '\(words[1])' is declared twice")
            }
            return topics.append(TopicDeclaration(name: String(words[1])))
        }
        guard let at = line.firstIndex(of: "=") else { throw .malformed("'\(line)' is not KEY = VALUE") }
        let key = line[..<at].trimmingSpaces
        let value = line[line.index(after: at)...].trimmingSpaces
        guard !topics.isEmpty else { throw .malformed("'\(key)' stands before the first section") }
        switch key {
        case "partitions": topics[topics.count - 1].partitions = try number(value, key)
        case "replication", "replication-factor": topics[topics.count - 1].replication = try number(value, key)
        default: topics[topics.count - 1].settings.append(Setting(key: key, value: value))
        }
    }

    private static func number(_ value: String, _ key: String) throws(RecordFailure) -> Int {
        guard let number = Int(value), number > 0 else {
            throw .malformed("\(key): '\(value)' is no number above zero")
        }
        return number
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
