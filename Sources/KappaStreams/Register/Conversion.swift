/// What makes an engineering value of a raw reading.
///
/// Linear: factor × raw + offset. Polynomial: coefficients of falling powers, as the certificates of vibrating-wire
/// instruments print them (A·R² + B·R + C). Both take a temperature term, K·(T − T₀), and are less the baseline.
package struct Conversion: Equatable, Sendable {
    package enum Curve: Equatable, Sendable {
        case linear(factor: Double, offset: Double)
        case polynomial([Double])
    }

    package struct Temperature: Equatable, Sendable {
        package var factor: Double
        package var zero: Double
    }

    package var curve = Curve.linear(factor: 1, offset: 0)
    package var temperature: Temperature?
    package var baseline: Double?

    package init() {}

    /// A raw value is an engineering one already.
    package var isIdentity: Bool {
        curve == .linear(factor: 1, offset: 0) && temperature == nil && baseline == nil
    }

    package var needsTemperature: Bool { temperature != nil }

    package func value(_ raw: Double, temperature celsius: Double) -> Double {
        var value: Double
        switch curve {
        case .linear(let factor, let offset): value = factor * raw + offset
        // Horner's scheme: one multiplication and one addition for each power.
        case .polynomial(let coefficients): value = coefficients.reduce(0) { $0 * raw + $1 }
        }
        if let temperature { value += temperature.factor * (celsius - temperature.zero) }
        return value - (baseline ?? 0)
    }

    /// The coefficients as they are kept with a result.
    package var description: String {
        var words: [String] = []
        switch curve {
        case .linear(1, 0): break
        case .linear(let factor, let offset): words.append("factor=\(factor) offset=\(offset)")
        case .polynomial(let coefficients):
            words.append("polynomial=\(coefficients.map(\.description).joined(separator: "/"))")
        }
        if let temperature {
            words.append("temperature_factor=\(temperature.factor) temperature_zero=\(temperature.zero)")
        }
        if let baseline { words.append("baseline=\(baseline)") }
        return words.joined(separator: " ")
    }
}
