import KappaArguments
import KappaCore

// The words of KappaCore, as types of options.

extension ValueType where Value == Duration {
    static var duration: Self {
        ValueType("DURATION") { (word) throws(ValueError) in
            let value = try reading { () throws(WordError) in try Duration(word: word) }
            guard value >= .zero else { throw ValueError("'\(word)' is below zero") }
            return value
        }
    }
}

extension ValueType where Value == ByteCount {
    static var bytes: Self {
        ValueType("SIZE") { (word) throws(ValueError) in
            try reading { () throws(WordError) in try ByteCount(word: word) }
        }
    }
}

extension ValueType where Value == Rate {
    static var rate: Self {
        ValueType("RATE") { (word) throws(ValueError) in
            try reading { () throws(WordError) in try Rate(word: word) }
        }
    }
}

extension ValueType where Value == Share {
    static var share: Self {
        ValueType("SHARE") { (word) throws(ValueError) in
            try reading { () throws(WordError) in try Share(word: word) }
        }
    }
}

extension ValueType where Value == Timestamp {
    /// RFC 3339, `@epoch`, `-1h`, `today`.
    static var time: Self {
        ValueType("TIME") { (word) throws(ValueError) in
            try reading { () throws(WordError) in try Timestamp(expression: word, now: .now) }
        }
    }
}

extension ValueType where Value == String {
    /// Addresses with commas between them, each with its port or without; an IPv6 address stands in brackets.
    static var brokers: Self {
        ValueType("HOST:PORT,…") { (word) throws(ValueError) in
            for part in word.split(separator: ",", omittingEmptySubsequences: false) {
                // librdkafka takes a scheme in front (SSL://host:port).
                let address = part.firstRange(of: "://").map { part[$0.upperBound...] } ?? part
                guard !address.isEmpty, address.first != ":", isPortFine(address) else {
                    throw ValueError("'\(part)' is not a broker address", hint: "such as localhost:9092 or [::1]:9092")
                }
            }
            return word
        }
    }

    private static func isPortFine(_ address: Substring) -> Bool {
        let behind = address.lastIndex(of: "]").map { address[address.index(after: $0)...] } ?? address
        guard let colon = behind.lastIndex(of: ":") else { return true }
        // More colons without brackets are an IPv6 address without a port.
        guard behind.firstIndex(of: ":") == colon else { return true }
        return UInt16(behind[behind.index(after: colon)...]).map { $0 > 0 } ?? false
    }
}

/// What a word is, by the rule of another room; its words on what is wrong become the option's.
func reading<Value>(_ parse: () throws(WordError) -> Value) throws(ValueError) -> Value {
    do { return try parse() } catch { throw ValueError(error.message, hint: error.hint) }
}
