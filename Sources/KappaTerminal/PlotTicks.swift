import KappaCore

/// Round numbers and round times for the axes.
enum PlotTicks {
    /// At least two values, 1, 2 or 5 times a power of ten apart, that span `range`.
    static func values(_ range: ClosedRange<Double>, about wanted: Int) -> [(value: Double, label: String)] {
        var range = range
        if range.lowerBound == range.upperBound {
            // A flat line stands in the middle of something.
            let margin = max(abs(range.lowerBound) * 0.1, 0.5)
            range = range.lowerBound - margin...range.upperBound + margin
        }
        let (unit, power) = step((range.upperBound - range.lowerBound) / Double(max(wanted - 1, 1)))
        let step = Double(unit) * Double.power(ofTen: power)
        let first = (range.lowerBound / step).rounded(.down)
        let last = (range.upperBound / step).rounded(.up)
        return stride(from: first, through: last, by: 1).map {
            ($0 * step, Double.fixed($0 * step, decimals: max(0, -power)))
        }
    }

    /// The least of 1, 2, 5, 10 × 10ⁿ that is at least `span`.
    private static func step(_ span: Double) -> (unit: Int, power: Int) {
        var power = 0
        while Double.power(ofTen: power) > span { power -= 1 }
        while Double.power(ofTen: power + 1) <= span { power += 1 }
        for unit in [1, 2, 5] where Double(unit) * Double.power(ofTen: power) >= span * 0.999_999 {
            return (unit, power)
        }
        return (1, power + 1)
    }

    /// Steps that people read on clocks and calendars, in milliseconds.
    private static let timeSteps: [Int64] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
        600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000,
        172_800_000, 604_800_000, 1_209_600_000, 2_592_000_000, 7_776_000_000, 31_536_000_000, 157_680_000_000,
    ]

    /// Times within `range`, in UTC, on whole multiples of a step.
    static func times(_ range: ClosedRange<Timestamp>, about wanted: Int) -> [(time: Timestamp, label: String)] {
        let (start, end) = (range.lowerBound.milliseconds, range.upperBound.milliseconds)
        let span = (end - start) / Int64(max(wanted, 1))
        let step = timeSteps.first { $0 >= span } ?? timeSteps.last! * (span / timeSteps.last! + 1)
        let first = (start + step - 1).flooredQuotientAndRemainder(dividingBy: step).quotient * step
        let ticks = stride(from: first, through: end, by: Int64.Stride(step)).map { Timestamp(milliseconds: $0) }
        return ticks.map { ($0, label(of: $0, step: step, span: end - start)) }
    }

    private static func label(of time: Timestamp, step: Int64, span: Int64) -> String {
        let text = time.rfc3339
        if step >= 86_400_000 { return String(text.prefix(10)) }
        let clock = text.dropFirst(11).prefix(step % 60_000 == 0 ? 5 : step % 1000 == 0 ? 8 : 12)
        // Past a day, the clock alone would come round again.
        return span > 86_400_000 ? "\(text.dropFirst(5).prefix(5)) \(clock)" : String(clock)
    }
}

extension Double {
    static func power(ofTen exponent: Int) -> Double {
        var power = 1.0
        for _ in 0..<abs(exponent) { power *= 10 }
        return exponent < 0 ? 1 / power : power
    }

    /// `113.96`: always so many decimals, never an exponent for what fits.
    package static func fixed(_ value: Double, decimals: Int) -> String {
        let scaled = (value * power(ofTen: decimals)).rounded()
        guard scaled.isFinite, abs(scaled) < 9e18 else { return "\(value)" }
        let digits = String(Int(abs(scaled)))
        let padded = String(repeating: "0", count: Swift.max(0, decimals + 1 - digits.count)) + digits
        let text = decimals == 0 ? padded : "\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
        return scaled < 0 ? "-" + text : text
    }
}
