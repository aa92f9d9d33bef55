/// The boreholes of a seed.
struct Site: Sendable {
    var sensors: [Sensor]

    /// A round asks one sensor of each kind, then the next of each, so that a slow stream shows every kind.
    init(settings: SimulationSettings) {
        var random = SeededGenerator(seed: settings.seed)
        let numbers = Site.shuffledNumbers(&random)
        // Every kind is made, wanted or not, so that `--instrument piezometer` has the same piezometers.
        var kinds: [[Sensor]] = []
        var taken = 0
        for instrument in Instrument.allCases {
            let usual = random.integer(in: 50...149)
            var own = SeededGenerator(seed: random.next())
            let count = settings.boreholes ?? usual
            defer { taken += count }
            guard settings.instruments.contains(instrument) else { continue }
            kinds.append(
                (taken..<taken + count).map {
                    Sensor(instrument: instrument, borehole: numbers[$0 % numbers.count], random: &own)
                })
        }
        let longest = kinds.map(\.count).max() ?? 0
        sensors = (0..<longest).flatMap { place in kinds.compactMap { $0.dropFirst(place).first } }
    }

    /// BH-1 to BH-9999 in the seed's order.
    private static func shuffledNumbers(_ random: inout SeededGenerator) -> [Int] {
        var numbers = Array(1...9999)
        for place in stride(from: numbers.count - 1, to: 0, by: -1) {
            numbers.swapAt(place, random.integer(in: 0...place))
        }
        return numbers
    }
}
