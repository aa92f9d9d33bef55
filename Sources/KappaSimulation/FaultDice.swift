/// What, if anything, is wrong with the next reading.
struct FaultDice {
    enum Fault {
        case none
        case late(Int64)
        case future(Int64)
        case duplicate
        case bad(Damage)
    }

    private let bad: Double
    private let late: Double
    private let future: Double
    private let duplicate: Double
    private var badCount = 0

    init(settings: SimulationSettings) {
        bad = settings.bad
        late = bad + settings.late
        future = late + settings.future
        duplicate = future + settings.duplicates
    }

    @inline(__always)
    mutating func roll(_ random: inout SeededGenerator) -> Fault {
        guard duplicate > 0 else { return .none }
        let dice = random.fraction()
        guard dice < duplicate else { return .none }
        return fault(dice, &random)
    }

    private mutating func fault(_ dice: Double, _ random: inout SeededGenerator) -> Fault {
        if dice < bad {
            defer { badCount += 1 }
            return .bad(Damage(turn: badCount))
        }
        if dice < late { return .late(Int64(random.integer(in: SimulationSettings.lateMilliseconds))) }
        if dice < future { return .future(Int64(random.integer(in: SimulationSettings.futureMilliseconds))) }
        return .duplicate
    }
}
