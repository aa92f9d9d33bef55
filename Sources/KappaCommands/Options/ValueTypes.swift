package import KappaArguments
package import KappaCore
import Glibc
import SwiftOverlayShims

// The words of KappaCore, as types of options.

extension ValueType where Value == Duration {
    package static var duration: Self {
        ValueType("DURATION") { (word) throws(ValueError) in
            let value = try read(word) { (word) throws(UnitError) in try Duration(word: word) }
            guard value >= .zero else { throw ValueError("'\(word)' is below zero") }
            return value
        }
    }
}

extension ValueType where Value == ByteCount {
    package static var bytes: Self {
        ValueType("SIZE") { (word) throws(ValueError) in
            try read(word) { (word) throws(UnitError) in try ByteCount(word: word) }
        }
    }
}

extension ValueType where Value == Rate {
    package static var rate: Self {
        ValueType("RATE") { (word) throws(ValueError) in
            try read(word) { (word) throws(UnitError) in try Rate(word: word) }
        }
    }
}

extension ValueType where Value == Share {
    package static var share: Self {
        ValueType("SHARE") { (word) throws(ValueError) in
            try read(word) { (word) throws(UnitError) in try Share(word: word) }
        }
    }
}

extension ValueType where Value == Timestamp {
    /// RFC 3339, `@epoch`, `-1h`, `today`.
    package static var time: Self {
        ValueType("TIME") { (word) throws(ValueError) in
            try read(word) { (word) throws(UnitError) in try Timestamp(expression: word, now: .now) }
        }
    }
}

private func read<Value>(
    _ word: String, _ parse: (String) throws(UnitError) -> Value
) throws(ValueError) -> Value {
    do { return try parse(word) } catch { throw ValueError(error.message) }
}

extension Timestamp {
    /// The wall clock.
    package static var now: Timestamp {
        var time = timeval()
        gettimeofday(&time, nil)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_usec) / 1000)
    }
}
