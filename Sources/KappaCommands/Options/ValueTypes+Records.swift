import KappaArguments
import KappaCore
import KappaJobs

extension ValueType where Value == FieldPredicate {
    static var predicate: Self {
        ValueType("FIELD OP VALUE") { (word) throws(ValueError) in
            do throws(WordError) { return try FieldPredicate(word) } catch { throw ValueError(error.message) }
        }
    }
}

extension ValueType where Value == BytePattern {
    static var pattern: Self {
        ValueType("REGEX") { (word) throws(ValueError) in
            do throws(WordError) { return try BytePattern(word) } catch { throw ValueError(error.message) }
        }
    }

    /// The whole text has to match.
    static var anchoredPattern: Self {
        ValueType("REGEX") { (word) throws(ValueError) in
            do throws(WordError) { return try BytePattern(word, isAnchored: true) } catch {
                throw ValueError(error.message)
            }
        }
    }
}

extension ValueType where Value == OffsetRange.Bound {
    /// A place in a topic: an offset, a time with or without its @, a word.
    static var bound: Self {
        ValueType("TIME|OFFSET") { (word) throws(ValueError) in
            if word != "stored", let bound = OffsetRange.Bound(word: word, now: .now) { return bound }
            if let time = try? Timestamp(expression: word, now: .now) { return .time(time) }
            throw ValueError(
                "'\(word)' is neither a time nor an offset",
                hint: "such as 2022-04-15T22:06:38Z, -1h, 42, -5, beginning or end")
        }
    }
}

extension ValueType where Value == FieldPath {
    static var fieldPath: Self {
        ValueType("FIELD") { (word) throws(ValueError) in
            guard let path = FieldPath(word) else { throw ValueError("'\(word)' is not the name of a field") }
            return path
        }
    }
}

extension ValueType where Value == String {
    /// One of these words.
    static func word(among words: [String], _ placeholder: String) -> Self {
        ValueType(placeholder, choices: words.map { Choice($0) }) { (word) throws(ValueError) in
            guard words.contains(word) else { throw .notOneOf(words, word) }
            return word
        }
    }
}
