import Testing

@testable import KappaStreams

/// Sets that makers of instruments have published with their results, to the precision that they were printed with.
@Suite struct PublishedCalibrationTests {
    private func conversion(_ cells: String, _ values: String) throws -> Conversion {
        let key = [FieldRule("borehole_number", .string), FieldRule("instrument", .string)]
        let text = "borehole_number,instrument,\(cells)\nVW-1,piezometer,\(values)\n"
        let spans = try Register(text: text, key: key).spans(of: ["VW-1", "piezometer"], key)
        return try #require(spans.first).conversion
    }

    /// Geokon, manual of the 4500 series (rev. NN), appendix C: G (R1 - R0) = -0.1795 (6749 - 9082) = 418.8 kPa.
    @Test func geokonsLinearExample() throws {
        // The offset is -G times the zero reading: 0.1795 × 9082.
        let linear = try conversion("factor,offset", "-0.1795,1630.219")
        #expect(abs(linear.value(6749, temperature: 0) - 418.8) < 0.05)
        #expect(abs(linear.value(9082, temperature: 0)) < 1e-9)
    }

    /// The same transducer: A (6749)² + B (6749) + 1595.7 = 420.02 kPa, and nothing at the regression zero of 9082. The
    /// manual prints A and B in a picture only; these two equations give them.
    @Test func geokonsPolynomialExample() throws {
        let (r1, r0, c, p) = (6749.0, 9082.0, 1595.7, 420.02)
        // A r0² + B r0 = -C and A r1² + B r1 = P - C, by Cramer's rule.
        let determinant = r0 * r0 * r1 - r1 * r1 * r0
        let a = (-c * r1 - (p - c) * r0) / determinant
        let b = (r0 * r0 * (p - c) + r1 * r1 * c) / determinant
        let polynomial = try conversion("polynomial", "\(a) \(b) \(c)")
        #expect(abs(polynomial.value(r1, temperature: 0) - 420.02) < 0.005)
        #expect(abs(polynomial.value(r0, temperature: 0)) < 0.005)
        // Of a real transducer the curve is slight.
        #expect(abs(a) < 1e-5 && b < 0)
    }

    /// Geokon, manual of the 4500AL, 6.2: K (T1 - T0) = 0.1319 (15 - 22) = -0.92 kPa, added to the pressure.
    @Test func geokonsTemperatureCorrection() throws {
        let corrected = try conversion(
            "factor,offset,temperature_factor,temperature_zero", "-0.1795,1630.219,0.1319,22")
        #expect(abs(corrected.value(6749, temperature: 15) - corrected.value(6749, temperature: 22) + 0.92) < 0.005)
        #expect(abs(corrected.value(6749, temperature: 15) - (418.8 - 0.92)) < 0.05)
    }

    /// Roctest, manual E10160 of the FOP: (514.28 - 99.56) - (-0.0422)(25 - 20) - (101.3 - 100.2) = 413.831 kPa.
    @Test func roctestsPressureWithTemperatureAndBarometer() throws {
        let corrected = try conversion("factor,temperature_factor,temperature_zero,baseline", "1,0.0422,20,100.66")
        #expect(abs(corrected.value(514.28, temperature: 25) - 413.831) < 0.0005)
    }
}
