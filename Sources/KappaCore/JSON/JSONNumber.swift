import Glibc

/// Doubles from the digits of a JSON number, rounded to nearest.
package enum JSONNumber {
    /// Clinger's fast path: a mantissa below 2^53 and a power of ten up to 10^22 are exact doubles, so one product or
    /// quotient of them is rounded once. All else goes to strtod, which is right and slower.
    static func double(at digits: UnsafePointer<UInt8>) -> Double {
        var here = digits
        let isNegative = here.pointee == UInt8(ascii: "-")
        if isNegative { here += 1 }
        var mantissa: UInt64 = 0
        var count = takeDigits(&here, into: &mantissa)
        var exponent = 0
        if here.pointee == UInt8(ascii: ".") {
            here += 1
            let fraction = takeDigits(&here, into: &mantissa)
            count += fraction
            exponent = -fraction
        }
        if here.pointee | 0x20 == UInt8(ascii: "e") { exponent += takeExponent(&here) }
        guard count <= 19, mantissa <= 1 << 53, abs(exponent) <= 22 else {
            return strtod(UnsafeRawPointer(digits).assumingMemoryBound(to: CChar.self), nil)
        }
        let whole = Double(mantissa)
        let value = exponent < 0 ? whole / powers[-exponent] : whole * powers[exponent]
        return isNegative ? -value : value
    }

    @inline(__always)
    private static func takeDigits(_ here: inout UnsafePointer<UInt8>, into mantissa: inout UInt64) -> Int {
        let start = here
        while true {
            let digit = here.pointee &- UInt8(ascii: "0")
            guard digit < 10 else { return here - start }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            here += 1
        }
    }

    /// The digits after an `e`; anything of five digits is far enough out to be left to strtod.
    private static func takeExponent(_ here: inout UnsafePointer<UInt8>) -> Int {
        here += 1
        let isNegative = here.pointee == UInt8(ascii: "-")
        if isNegative || here.pointee == UInt8(ascii: "+") { here += 1 }
        var value = 0
        while here.pointee &- UInt8(ascii: "0") < 10 {
            value = min(value * 10 + Int(here.pointee - UInt8(ascii: "0")), 100_000)
            here += 1
        }
        return isNegative ? -value : value
    }

    private static let powers: InlineArray<23, Double> = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}
