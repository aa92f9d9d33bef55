/// The units that instruments on a site give. A register names one of them, so that a slip of the pen is found when the
/// register is read and not by whoever reads the alarm.
package enum MeasuredUnit {
    package static let known: [String] = [
        // Pressure and stress.
        "Pa", "hPa", "kPa", "MPa", "bar", "mbar", "psi", "mH2O", "cmH2O", "kg/cm2", "atm",
        // Length, level, settlement.
        "m", "cm", "mm", "um", "µm", "km", "ft", "in", "mAOD", "mOD", "mASL", "mbgl",
        // Strain, tilt, angle.
        "microstrain", "µε", "με", "ue", "mm/m", "mrad", "rad", "deg", "°", "arcsec", "%",
        // Force, temperature, flow, time, electricity, raw counts.
        "N", "kN", "MN", "kg", "t", "C", "degC", "°C", "K", "F", "°F", "l/s", "l/min", "m3/s", "m3/h", "mm/h", "mm/s",
        "m/s2", "g", "s", "Hz", "kHz", "us", "µs", "V", "mV", "mV/V", "A", "mA", "ohm", "digits", "count", "pH",
        "mS/cm",
    ]

    /// The unit meant by a misspelt one: the same letters in another case.
    static func meant(by word: String) -> String? {
        known.first { $0.lowercased() == word.lowercased() }
    }
}
