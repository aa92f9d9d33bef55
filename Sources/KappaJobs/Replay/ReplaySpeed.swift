import KappaArguments

/// How fast time passes in a replay: as it was, so many times faster, or not at all minded.
struct ReplaySpeed: Sendable, Equatable {
    /// Nil is as fast as it goes.
    var factor: Double?

    static let most = ReplaySpeed(factor: nil)

    var word: String { factor.map { $0 == 1 ? "realtime" : "\($0)x" } ?? "max" }
}

extension ValueType where Value == ReplaySpeed {
    static var speed: Self {
        ValueType("SPEED") { (word) throws(ValueError) in
            if word == "max" { return .most }
            if word == "realtime" { return ReplaySpeed(factor: 1) }
            guard word.hasSuffix("x"), let factor = Double(word.dropLast()), factor.isFinite, factor > 0 else {
                throw ValueError("'\(word)' is no speed", hint: "max, realtime, 10x and 0.5x are")
            }
            return ReplaySpeed(factor: factor)
        }
    }
}
