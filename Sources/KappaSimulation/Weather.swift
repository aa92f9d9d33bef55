import KappaCore

/// What drives the whole site: a pure function of the seed and the time, so that two runs, or one that was
/// stopped, see the same rain.
struct Weather: Sendable {
    let seed: UInt64

    /// The site's state at one moment, shared by all sensors.
    struct Conditions: Sendable {
        /// −1…1, highest in late winter, when the ground is wettest.
        var season = 0.0
        /// Two components of the tide, a quarter apart, so that each sensor can have its own delay.
        var tideSine = 0.0
        var tideCosine = 0.0
        /// Wetness left by the rain of the last days: 0 when dry, about 2 after a storm.
        var rain = 0.0
        /// Degrees Celsius.
        var temperature = 0.0
        /// How much of the ground has been dug out and not yet propped: 0…1.
        var excavation = 0.0
    }

    func conditions(at time: Timestamp) -> Conditions {
        let days = Double(time.milliseconds) / 86_400_000
        let lunar = days * 24 / 12.4206
        let solar = days * 2
        return Conditions(
            season: Wave.sine(days / 365.2425 - 0.38),
            tideSine: Wave.sine(lunar) + 0.3 * Wave.sine(solar),
            tideCosine: Wave.sine(lunar + 0.25) + 0.3 * Wave.sine(solar + 0.25),
            rain: rain(days), temperature: temperature(days), excavation: excavation(days))
    }

    /// Rain falls on about one day in three; its wetness rises for a quarter of a day and drains for a week or two.
    private func rain(_ days: Double) -> Double {
        let today = Int(days.rounded(.down))
        var wetness = 0.0
        for day in today - 14...today where fraction(1, day) < 0.35 {
            let age = days - Double(day) - fraction(2, day)
            guard age > 0 else { continue }
            let strength = fraction(3, day)
            let drained = 1 + age / 2
            wetness += 1.6 * strength * strength * strength * min(age * 4, 1) / (drained * drained)
        }
        return wetness
    }

    /// Melbourne's: the year, the day (warmest at 05:00 UTC), and fronts that pass.
    private func temperature(_ days: Double) -> Double {
        let day = Int(days.rounded(.down))
        let part = Wave.smooth(days - Double(day))
        let front = fraction(4, day) * (1 - part) + fraction(4, day + 1) * part
        return 14.5 + 6 * Wave.sine(days / 365.2425 + 0.21) + 5 * Wave.sine(days + 0.04) + 8 * (front - 0.5)
    }

    /// Four stages dug over 200 days, each settling for a while; then propped and backfilled, and most comes back.
    private func excavation(_ days: Double) -> Double {
        let cycle = days / 280 + SeededGenerator.fraction(seed: seed, stream: 5, index: 0)
        let day = (cycle - cycle.rounded(.down)) * 280
        let dug = (0..<4).reduce(0.0) { $0 + 0.25 * Wave.smooth((day - Double($1) * 50) / 30) }
        return dug - 0.85 * Wave.smooth((day - 215) / 50) - 0.15 * Wave.smooth((day - 265) / 15)
    }

    private func fraction(_ stream: UInt64, _ day: Int) -> Double {
        SeededGenerator.fraction(seed: seed, stream: stream, index: day)
    }
}

/// Curves of additions and multiplications only: libm's last digit differs between machines, IEEE 754's basic
/// operations do not.
enum Wave {
    /// The sine of `turns` whole turns, within 0.0011.
    static func sine(_ turns: Double) -> Double {
        let part = turns - turns.rounded()
        let arch = part * (8 - 16 * abs(part))
        return arch + 0.225 * (arch * abs(arch) - arch)
    }

    /// 0 below 0, 1 above 1, a smooth climb between.
    static func smooth(_ part: Double) -> Double {
        let part = min(max(part, 0), 1)
        return part * part * (3 - 2 * part)
    }
}
