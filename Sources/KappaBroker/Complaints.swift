/// What the operator is told of clients and of the disk: each thing at once when it is new, and then once a minute
/// with a count, however often it happens. A client that tries for ever must not fill the disk with its failures.
struct Complaints {
    /// So many different ones are told apart between two rounds; the rest count as one.
    static let most = 200

    private struct Entry {
        var words: String
        var repeats = 0
    }

    private var entries: [String: Entry] = [:]

    /// The line to write now, if this is the first of its kind. `kind` tells which complaints are the same one.
    mutating func note(_ kind: String, _ words: String) -> String? {
        if entries[kind] != nil {
            entries[kind]!.repeats += 1
            return nil
        }
        guard entries.count < Complaints.most else { return noteAmongOthers() }
        entries[kind] = Entry(words: words)
        return words
    }

    private mutating func noteAmongOthers() -> String? {
        let words = "more than \(Complaints.most) different complaints in a minute: further ones are only counted"
        guard entries[""] != nil else {
            entries[""] = Entry(words: words)
            return words
        }
        entries[""]!.repeats += 1
        return nil
    }

    /// What the last minute repeated, once a minute; what has not come again is forgotten.
    mutating func takeRepeats() -> [String] {
        let lines = entries.values.filter { $0.repeats > 0 }.map { entry in
            "\(entry.words) (\(entry.repeats) more \(entry.repeats == 1 ? "time" : "times") in the last minute)"
        }
        entries = entries.filter { $0.value.repeats > 0 }.mapValues { Entry(words: $0.words) }
        return lines.sorted()
    }
}
