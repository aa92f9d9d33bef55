/// The five kinds of instrument on the site.
package enum Instrument: String, CaseIterable, Sendable {
    case waterStandpipe = "water_standpipe"
    case piezometer = "piezometer"
    case settlementMarker = "settlement_marker"
    case extensometer = "extensometer"
    case strainGauge = "strain_gauge"

    package var name: String { rawValue }

    /// What the REST source says in `units`.
    package var units: String {
        switch self {
        case .waterStandpipe: "water level (m)"
        case .piezometer: "pore pressure (kPa)"
        case .settlementMarker: "settlement (mm)"
        case .extensometer: "extension (mm)"
        case .strainGauge: "strain (mm)"
        }
    }

    /// The unit of its readings.
    package var unit: String {
        switch self {
        case .waterStandpipe: "m"
        case .piezometer: "kPa"
        case .settlementMarker, .extensometer, .strainGauge: "mm"
        }
    }

    /// Where the instrument can read at all.
    package var range: ClosedRange<Double> {
        switch self {
        case .waterStandpipe: -10...2
        case .piezometer: 20...200
        case .settlementMarker, .extensometer, .strainGauge: -30...30
        }
    }

    /// Its place in the REST source: z is the vertical, which settles.
    package var path: String {
        switch self {
        case .waterStandpipe: "/params/water_standpipe"
        case .piezometer: "/params/pore_pressure"
        case .settlementMarker: "/params/settlement/z"
        case .extensometer: "/params/settlement/x"
        case .strainGauge: "/params/settlement/y"
        }
    }
}
