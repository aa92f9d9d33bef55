import Testing

@testable import KappaDashboard

/// The promise of the reduction, for any points: no extreme of any column is left out.
@Suite struct M4Tests {
    /// A generator whose every run is the same.
    struct Random {
        var state: UInt64
        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
    }

    @Test(arguments: 1...40)
    func everyExtremeOfEveryColumnIsInTheAnswer(seed: Int) {
        var random = Random(state: UInt64(seed))
        let count = Int(random.next() * 5000) + 1
        let columns = Int(random.next() * 200) + 1
        let (from, to) = (Int64(1_000_000), Int64(1_000_000 + 86_400_000))
        var points: [(time: Int64, value: Double, floor: Double, ceiling: Double)] = []
        var reduced = M4(from: from, to: to, columns: columns)
        for _ in 0..<count {
            let time = from + Int64(random.next() * 86_400_000)
            let value = random.next() < 0.01 ? random.next() * 1e6 : random.next()
            let (floor, ceiling) = (value - random.next(), value + random.next())
            points.append((time, value, floor, ceiling))
            reduced.add(time, value, floor: floor, ceiling: ceiling)
        }
        let line = reduced.line
        let width = Double(to - from) / Double(columns)
        func column(_ time: Int64) -> Int { min(columns - 1, Int(Double(time - from) / width)) }
        for (_, group) in Dictionary(grouping: points, by: { column($0.time) }) {
            let values = group.map(\.value)
            let times = Set(group.map(\.time))
            let drawn = line.filter { times.contains($0.time) }.map(\.value)
            #expect(drawn.contains(values.min()!))
            #expect(drawn.contains(values.max()!))
        }
        #expect(reduced.band.map(\.floor).min() == points.map(\.floor).min())
        #expect(reduced.band.map(\.ceiling).max() == points.map(\.ceiling).max())
        #expect(reduced.lowest?.value == points.map(\.floor).min())
        #expect(reduced.highest?.value == points.map(\.ceiling).max())
        #expect(line.count <= max(columns * 4, columns * 2 + 1))
        #expect(line.map(\.time) == line.map(\.time).sorted())
    }

    @Test func fewPointsAreAllDrawn() {
        var reduced = M4(from: 0, to: 100, columns: 10)
        for time in 0..<20 { reduced.add(Int64(time), Double(time % 3), floor: 0, ceiling: 2) }
        #expect(!reduced.isReduced)
        #expect(reduced.line.count == 20)
        reduced.add(20, 1, floor: 0, ceiling: 2)
        #expect(reduced.isReduced)
    }

    @Test func whatIsNoNumberIsNoPoint() {
        var reduced = M4(from: 0, to: 10, columns: 10)
        reduced.add(1, .nan, floor: 0, ceiling: 0)
        reduced.add(2, .infinity, floor: 0, ceiling: 0)
        #expect(reduced.count == 0)
        #expect(reduced.line.isEmpty)
    }
}
