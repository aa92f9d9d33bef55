/// A sum of doubles with no rounding on the way, so that it does not depend on the order of its terms.
///
/// Two doubles hold it as long as every step is exact, which is nearly always for values of similar size. When a step
/// would round, `add` leaves everything as it was and the owner goes on with `ExactPartials`.
struct ExactSum {
    private(set) var high = 0.0
    private(set) var low = 0.0

    /// False, and no change, when the sum no longer fits into two doubles.
    @inline(__always)
    mutating func add(_ term: Double) -> Bool {
        let (sum, error) = ExactSum.twoSum(high, term)
        let (rest, lost) = ExactSum.twoSum(low, error)
        guard lost == 0 else { return false }
        high = sum
        low = rest
        return true
    }

    /// Rounded once.
    @inline(__always)
    var rounded: Double { high + low }

    /// Knuth's two-sum: the rounded sum and exactly what the rounding lost.
    @inline(__always)
    static func twoSum(_ a: Double, _ b: Double) -> (sum: Double, error: Double) {
        let sum = a + b
        let other = sum - a
        return (sum, (a - (sum - other)) + (b - other))
    }
}

/// Shewchuk's partials: doubles that do not overlap, in growing order, whose exact total is the sum.
struct ExactPartials {
    private var partials: [Double] = []

    init(_ sum: ExactSum) {
        add(sum.low)
        add(sum.high)
    }

    mutating func add(_ term: Double) {
        var carried = term
        var kept = 0
        for partial in partials {
            let (sum, error) = ExactSum.twoSum(carried, partial)
            if error != 0 {
                partials[kept] = error
                kept += 1
            }
            carried = sum
        }
        partials.removeLast(partials.count - kept)
        partials.append(carried)
    }

    /// Rounded once, half to even over all partials: what math.fsum of Python gives.
    var rounded: Double {
        guard var sum = partials.last else { return 0 }
        var index = partials.count - 1
        var lost = 0.0
        while index > 0, lost == 0 {
            index -= 1
            (sum, lost) = ExactSum.twoSum(sum, partials[index])
        }
        // A tie was rounded to even without seeing the partials below; they decide it.
        if index > 0, lost < 0 && partials[index - 1] < 0 || lost > 0 && partials[index - 1] > 0 {
            let doubled = lost * 2
            let other = sum + doubled
            if other - sum == doubled { sum = other }
        }
        return sum
    }
}
