import KappaCore
import Testing

@testable import KappaStreams

@Suite struct RegisterTests {
    private static let key = [FieldRule("borehole_number", .string), FieldRule("instrument", .string)]

    private func rules(_ text: String, _ borehole: String, at time: String = "2024-06-01T00:00:00Z") throws
        -> SensorRules
    {
        var lookup = RegisterLookup(try Register(text: text, key: Self.key))
        let key = keyBytes(borehole, "piezometer")
        let sensor = key.withUnsafeBytes { lookup.sensor($0) }
        return lookup.rules(of: sensor, at: try #require(Timestamp(rfc3339: time)).milliseconds).rules
    }

    @Test func eachCellComesFromTheMostParticularLine() throws {
        let text = """
            # what all share
            borehole_number,instrument,unit,factor,offset,alert_above,alarm_above,response
            *,piezometer,kPa,,,100,120,"call the shift engineer, then
            stop dewatering"
            BH-1*,piezometer,,2,-1,90,,
            BH-17,piezometer,mH2O,,,,-,
            """
        let far = try rules(text, "BH-9")
        #expect(far.unit == "kPa")
        #expect(far.above.map(\.limit) == [100, 120])
        #expect(far.response == "call the shift engineer, then\nstop dewatering")
        #expect(far.conversion.isIdentity)
        let near = try rules(text, "BH-17")
        #expect(near.unit == "mH2O")
        #expect(near.above.map(\.name) == ["alert"])
        #expect(near.above.map(\.limit) == [90])
        #expect(near.conversion.value(10, temperature: 0) == 19)
    }

    @Test func aDatedLineHoldsFromItsFirstMomentToBeforeItsLast() throws {
        let text = """
            borehole_number,instrument,valid_from,valid_to,factor
            BH-1,piezometer,,2024-03-01T00:00:00Z,1.5
            BH-1,piezometer,2024-03-01T00:00:00Z,2024-04-01T02:00:00+02:00,2.5
            """
        #expect(try rules(text, "BH-1", at: "2024-02-29T23:59:59.999Z").conversion.value(2, temperature: 0) == 3)
        #expect(try rules(text, "BH-1", at: "2024-03-01T00:00:00Z").conversion.value(2, temperature: 0) == 5)
        #expect(try rules(text, "BH-1", at: "2024-03-31T23:59:59.999Z").conversion.value(2, temperature: 0) == 5)
        #expect(try rules(text, "BH-1", at: "2024-04-01T00:00:00Z").conversion.isIdentity)
    }

    /// As spreadsheets of a country with a decimal comma save it, on Windows.
    @Test func semicolonsDecimalCommasAndAByteOrderMarkAreRead() throws {
        let text = "\u{FEFF}Borehole_Number;Instrument;Factor\r\nBH-1;piezometer;1,25\r\n;;\r\n"
        #expect(try rules(text, "BH-1").conversion.value(4, temperature: 0) == 5)
    }

    @Test(arguments: [
        ("", "it is empty: the first line names the columns, such as borehole_number,instrument,unit,alert_above"),
        ("borehole_number,unit\n", "line 1: the header has no column 'instrument', which names the sensor"),
        (
            "borehole_number,instrument,unit\nBH-1,piezometer,kpa\n",
            "line 2: unit: 'kpa' is not a unit that is known here: did you mean 'kPa'?"
        ),
        (
            "borehole_number,instrument,unit\n# x\nBH-1,piezometer,furlong\n",
            "line 3: unit: 'furlong' is not a unit that is known here"
        ),
        (
            "borehole_number,instrument,factor\nBH-1,piezometer,\"1,5\"\n",
            "line 2: factor: '1,5' is not a number: write the decimals with a point"
        ),
        (
            "borehole_number,instrument,valid_from\nBH-1,piezometer,2024-05-31 06:00\n",
            "line 2: valid_from: '2024-05-31 06:00' has no zone: write it as 2024-05-31T06:00:00Z or …+02:00"
        ),
        (
            "borehole_number,instrument,alert_above,alarm_above\nBH-1,piezometer,120,100\n",
            "line 2: alarm_above (100.0) must be higher than alert_above (120.0)"
        ),
        (
            "borehole_number,instrument,alert_above,alert_below\nBH-1,piezometer,10,10\n",
            "line 2: alert_below (10.0) and alert_above (10.0) leave no room between them"
        ),
        (
            "borehole_number,instrument,alert_above,alarm_above\n*,piezometer,,100\nBH-1,piezometer,120,\n",
            "line 3: alarm_above (100.0) must be higher than alert_above (120.0)"
        ),
        (
            "borehole_number,instrument,unit\nBH-1,piezometer,kPa\nBH-1,piezometer,kPa\n",
            "line 3: 'BH-1,piezometer' stands in line 2 already: give both of them dates, or take one away"
        ),
        (
            "borehole_number,instrument,valid_from,valid_to\nBH-1,piezometer,2024-01-01T00:00:00Z,2024-03-01T00:00:00Z\n"
                + "BH-1,piezometer,2024-02-01T00:00:00Z,\n",
            "line 3: 'BH-1,piezometer' is valid at the same time as in line 2: end one before the other begins"
        ),
        (
            "borehole_number,instrument,a_above,b_above,c_above,d_above,e_above\n",
            "line 1: 'e_above' is a fifth level above: 4 at most"
        ),
        (
            "borehole_number,instrument,alert_rate\nBH-1,piezometer,5\n",
            "line 2: a rate needs rate_per: the time over which it is taken, such as 1d"
        ),
        (
            "borehole_number,instrument,hold\nBH-1,piezometer,5\n",
            "line 2: hold: '5' is not a duration such as 10s, 5m, 1.5h or 250ms"
        ),
        ("borehole_number,instrument,note\nBH-1,\"piezo\n", "line 2: a quotation mark is opened here and never closed"),
        ("borehole_number,instrument\nBH-1,\n", "line 2: 'instrument' is empty: name the sensor, or write * for all"),
        (
            "borehole_number,instrument,temperature_factor\nBH-1,piezometer,0.1\n",
            "line 2: temperature_factor needs temperature_zero: the temperature at which the term is zero"
        ),
    ])
    func aRegisterThatIsNotClearIsRefusedWithItsLine(text: String, message: String) {
        let problem = #expect(throws: RegisterProblem.self) { try Register(text: text, key: Self.key) }
        #expect(problem?.description == message)
    }

    @Test func theOrderOfLinesColumnsAndCommentsSaysNothing() throws {
        let one = try Register(text: "borehole_number,instrument,unit,factor\na,b,kPa,2\nc,d,mm,3\n", key: Self.key)
        let other = try Register(
            text: "# x\nfactor,instrument,borehole_number,unit\n3.0,d,c,mm\n2,b,a,kPa\n", key: Self.key)
        let third = try Register(text: "borehole_number,instrument,unit,factor\na,b,kPa,2\nc,d,mm,4\n", key: Self.key)
        #expect(one.canonical == other.canonical)
        #expect(one.canonical != third.canonical)
    }
}

func keyBytes(_ words: String...) -> [UInt8] {
    var writer = ByteWriter()
    for word in words { KeyText.append(text: word, isString: true, to: &writer) }
    return Array(writer.bytes)
}
