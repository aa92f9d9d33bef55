import KappaArguments
import KappaCore
import KappaJobs

// The words of KappaJobs, as types of options.

extension ValueType where Value == OffsetRange {
    static var offsets: Self {
        ValueType("OFFSET") { (word) throws(ValueError) in
            try reading { () throws(WordError) in try OffsetRange(word: word, now: .now) }
        }
    }
}

extension ValueType where Value == RecordFormat {
    static var recordFormat: Self {
        ValueType("FORMAT") { (word) throws(ValueError) in
            try reading { () throws(WordError) in try RecordFormat(word: word) }
        }
    }
}

extension ValueType where Value == [UInt8] {
    /// At least one byte, typed with escapes.
    static var delimiter: Self {
        ValueType("DELIM") { (word) throws(ValueError) in
            let bytes = try reading { () throws(WordError) in try ByteEscapes.decode(word) }
            guard !bytes.isEmpty else { throw ValueError("a delimiter cannot be empty") }
            return bytes
        }
    }
}

extension ValueType where Value == FieldEdit {
    static var fieldEdit: Self {
        ValueType("FIELD=VALUE") { (word) throws(ValueError) in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let path = FieldPath(parts[0]) else {
                throw ValueError("'\(word)' is not FIELD=VALUE", hint: "such as reading=12.5 or unit=mm")
            }
            return FieldEdit(path: path, value: FieldEdit.json(String(parts[1])))
        }
    }
}

extension ValueType where Value == ReplaySpeed {
    static var speed: Self {
        ValueType("SPEED") { (word) throws(ValueError) in
            if word == "max" { return .most }
            if word == "realtime" { return ReplaySpeed(factor: 1) }
            guard word.hasSuffix("x"), let factor = Double(word.dropLast()), factor.isFinite, factor > 0 else {
                throw ValueError("'\(word)' is not a speed", hint: "such as max, realtime, 10x or 0.5x")
            }
            return ReplaySpeed(factor: factor)
        }
    }
}
