import KappaCore
import KappaHTTP

/// What is wrong with a question; told to the person who asked.
struct BadRequest: Error {
    var message: String
}

extension HTTPRequest {
    /// `from` and `to`: milliseconds since 1970, RFC 3339, or a time ago such as `24h`.
    func range(standard: Int64) throws -> (from: Int64, to: Int64) {
        let to = try moment("to") ?? Timestamp.now.milliseconds
        let from = try moment("from") ?? to - standard
        guard from < to else { throw BadRequest(message: "'from' does not come before 'to'") }
        return (from, to)
    }

    func moment(_ name: String) throws -> Int64? {
        guard let word = parameter(name), !word.isEmpty else { return nil }
        if word.utf8.count >= 11, let milliseconds = Int64(word) { return milliseconds }
        // `24h` is what people write; the rest is every form of a time that the command line takes.
        let isAgo = word.utf8.first.map { (48...57).contains($0) } == true && "smhd".contains(word.last ?? " ")
        do throws(WordError) {
            return try Timestamp(expression: isAgo ? "-\(word)" : word, now: .now).milliseconds
        } catch {
            throw BadRequest(message: "'\(name)': \(error.message)")
        }
    }

    func whole(_ name: String, _ standard: Int64, in bounds: ClosedRange<Int64>) throws -> Int64 {
        guard let word = parameter(name), !word.isEmpty else { return standard }
        guard let value = Int64(word), bounds.contains(value) else {
            throw BadRequest(
                message: "'\(name)' is a whole number from \(bounds.lowerBound) to \(bounds.upperBound), not '\(word)'")
        }
        return value
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ standard: Choice
    ) throws -> Choice where Choice.RawValue == String {
        guard let word = parameter(name), !word.isEmpty else { return standard }
        guard let choice = Choice(rawValue: word) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw BadRequest(message: "'\(name)' is one of \(words), not '\(word)'")
        }
        return choice
    }
}
