extension BinaryInteger {
    /// Division that rounds towards minus infinity, so that times before 1970 fall into the right window.
    @inlinable
    package func flooredQuotientAndRemainder(dividingBy divisor: Self) -> (quotient: Self, remainder: Self) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        guard remainder != 0, (remainder < 0) != (divisor < 0) else { return (quotient, remainder) }
        return (quotient - 1, remainder + divisor)
    }
}

extension FixedWidthInteger {
    /// The sum, or the nearest number that there is.
    @inlinable
    package func addingSaturated(_ other: Self) -> Self {
        let (sum, overflowed) = addingReportingOverflow(other)
        return overflowed ? (other > 0 ? .max : .min) : sum
    }

    /// The difference, or the nearest number that there is.
    @inlinable
    package func subtractingSaturated(_ other: Self) -> Self {
        let (difference, overflowed) = subtractingReportingOverflow(other)
        return overflowed ? (other > 0 ? .min : .max) : difference
    }
}
