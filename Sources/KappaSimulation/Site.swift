/// The boreholes of a seed.
struct Site: Sendable {
    var sensors: [Sensor]

    /// The instruments stand side by side in the order of a round, as the REST source lists them.
    init(settings: SimulationSettings) {
        var random = SeededGenerator(seed: settings.seed)
        let numbers = Site.shuffledNumbers(&random)
        // Every kind is made, wanted or not, so that `--instrument piezometer` has the same piezometers.
        var made: [Sensor] = []
        var taken = 0
        for instrument in Instrument.allCases {
            let usual = random.integer(in: 50...149)
            var own = SeededGenerator(seed: random.next())
            let count = settings.boreholes ?? usual
            defer { taken += count }
            guard settings.instruments.contains(instrument) else { continue }
            for index in taken..<taken + count {
                made.append(
                    Sensor(instrument: instrument, borehole: numbers[index % numbers.count], random: &own))
            }
        }
        sensors = made
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
