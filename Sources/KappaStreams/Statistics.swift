/// What is worked out from all values of a window at its close, whatever their order.
enum Statistics {
    private static func exactSum(_ values: [Double]) -> Double {
        var partials = ExactPartials(ExactSum())
        for value in values { partials.add(value) }
        return partials.rounded
    }

    /// The standard deviation of a sample; nil for fewer than two values.
    static func deviation(_ values: [Double]) -> Double? {
        guard values.count > 1 else { return nil }
        let mean = exactSum(values) / Double(values.count)
        let squares = values.map { ($0 - mean) * ($0 - mean) }
        return (exactSum(squares) / Double(values.count - 1)).squareRoot()
    }

    static func percentile(_ values: [Double], _ share: Double) -> Double? {
        let sorted = values.sorted()
        guard let last = sorted.last else { return nil }
        let place = share * Double(sorted.count - 1)
        let below = Int(place)
        guard below + 1 < sorted.count else { return last }
        return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - Double(below))
    }
}
