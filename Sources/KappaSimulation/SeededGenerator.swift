/// The simulation's own random numbers: xoshiro256++ seeded by SplitMix64 (Blackman and Vigna, public domain).
///
/// The standard library's generator cannot be seeded, and its `random(in:)` may change between releases; a seed here
/// gives the same numbers on every machine.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    package init(seed: UInt64) {
        var splitter = seed
        state = (
            SeededGenerator.split(&splitter), SeededGenerator.split(&splitter),
            SeededGenerator.split(&splitter), SeededGenerator.split(&splitter)
        )
    }

    package mutating func next() -> UInt64 {
        let result = SeededGenerator.rotate(state.0 &+ state.3, by: 23) &+ state.0
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = SeededGenerator.rotate(state.3, by: 45)
        return result
    }

    /// Evenly spread over `[0, 1)`.
    package mutating func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    package mutating func value(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * fraction()
    }

    /// Evenly spread by multiplication; the bias is below 2⁻³² for the ranges used here.
    package mutating func integer(in range: ClosedRange<Int>) -> Int {
        let span = UInt64(range.upperBound - range.lowerBound) + 1
        return range.lowerBound + Int(next().multipliedFullWidth(by: span).high)
    }

    package mutating func pick<Element>(_ choices: [Element]) -> Element {
        choices[integer(in: 0...choices.count - 1)]
    }

    /// A fraction that belongs to `index` for ever, so that weather is a function of time and not of what was asked.
    static func fraction(seed: UInt64, stream: UInt64, index: Int) -> Double {
        var mixed = seed &+ stream &* 0xD6E8_FEB8_6659_FD93 &+ UInt64(bitPattern: Int64(index)) &* 0xA076_1D64_78BD_642F
        _ = split(&mixed)
        return Double(split(&mixed) >> 11) * 0x1p-53
    }

    private static func split(_ state: inout UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private static func rotate(_ word: UInt64, by count: UInt64) -> UInt64 {
        (word << count) | (word >> (64 - count))
    }
}
