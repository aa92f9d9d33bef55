import KappaCore
import KappaFormats
import KappaTestSupport
import Testing

@Suite struct CSVReaderTests {
    struct Answer: Equatable {
        var records: [String] = []
        var keys: [String] = []
        var lines: [Int] = []
        /// The number of each bad line with what is wrong with it.
        var bad: [String] = []
        var pieces: [String] = []
    }

    static func settings(_ change: (inout CSVSettings) -> Void = { _ in }) -> CSVSettings {
        var settings = CSVSettings()
        change(&settings)
        return settings
    }

    /// Reads what arrives `step` bytes at a time.
    static func read(
        _ bytes: [UInt8], _ settings: CSVSettings = CSVSettings(), step: Int = .max
    ) throws -> Answer {
        var reader = try CSVReader(settings)
        var answer = Answer()
        func hear(_ event: CSVReader.Event) {
            switch event {
            case .record(let value, let key, let line):
                answer.records.append(String(decoding: value, as: UTF8.self))
                if let key { answer.keys.append(String(decoding: key, as: UTF8.self)) }
                answer.lines.append(line)
            case .bad(let piece, let line, let why):
                answer.bad.append("\(line): \(why)")
                answer.pieces.append(String(decoding: piece, as: UTF8.self))
            case .settled: break
            }
        }
        var (taken, come) = (0, 0)
        repeat {
            come = step >= bytes.count - come ? bytes.count : come + step
            let isAtEnd = come == bytes.count
            taken += try bytes[taken..<come].withUnsafeBytes { try reader.take($0, isAtEnd: isAtEnd, hear) }
        } while come < bytes.count
        #expect(taken == bytes.count)
        return answer
    }

    static func read(
        _ text: String, _ settings: CSVSettings = CSVSettings(), step: Int = .max
    ) throws -> Answer {
        try read(Array(text.utf8), settings, step: step)
    }

    @Test func fieldsAreWhatTheyLookLike() throws {
        let answer = try Self.read(
            "a,b\n1,-2.5e3\n007,+1\n\"1\",x\ntrue,False\n,\"\"\n 4 , x\n1.,.5\n-,1e\n",
            step: .max)
        #expect(
            answer.records == [
                #"{"a":1,"b":-2.5e3}"#, #"{"a":"007","b":"+1"}"#, #"{"a":"1","b":"x"}"#, #"{"a":true,"b":"False"}"#,
                #"{"a":null,"b":""}"#, #"{"a":4,"b":" x"}"#, #"{"a":"1.","b":".5"}"#, #"{"a":"-","b":"1e"}"#,
            ])
        #expect(answer.lines == [2, 3, 4, 5, 6, 7, 8, 9] && answer.bad.isEmpty)
    }

    /// RFC 4180's own examples, with every line end, whole and in pieces of each size.
    @Test(arguments: ["\n", "\r\n"]) func quotedFieldsHoldAnything(_ end: String) throws {
        let text = "field_name,other\(end)\"aaa\",\"b \(end)bb\"\(end)\"b\"\"bb\",ccc\(end)\(end)zzz,\"y,y\""
        let line = end == "\n" ? "\\n" : "\\r\\n"
        let expected = [
            #"{"field_name":"aaa","other":"b \#(line)bb"}"#, #"{"field_name":"b\"bb","other":"ccc"}"#,
            #"{"field_name":"zzz","other":"y,y"}"#,
        ]
        for text in [text, text + end] {
            for step in 1...text.utf8.count {
                let answer = try Self.read(text, step: step)
                #expect(answer.records == expected && answer.lines == [2, 4, 6] && answer.bad.isEmpty)
            }
        }
    }

    @Test func aBadLineIsToldByItsNumberAndCostsNoOther() throws {
        let text = "a,b\n1,2\n3\n\"open,4\n\"5\",6\n\"7\"x,8\n9,10,11\n12,13\n"
        for step in [1, 5, 1000] {
            let answer = try Self.read(text, step: step)
            #expect(answer.records == [#"{"a":1,"b":2}"#, #"{"a":"5","b":6}"#, #"{"a":12,"b":13}"#])
            #expect(answer.lines == [2, 5, 8])
            #expect(
                answer.bad == [
                    "3: 1 field, where the header has 2", "4: text follows the closing quote of a field",
                    "6: text follows the closing quote of a field", "7: 3 fields, where the header has 2",
                ])
            #expect(answer.pieces == ["3", "\"open,4", "\"7\"x,8", "9,10,11"])
        }
    }

    @Test func aQuoteWithoutAnEndCostsOnlyItsLine() throws {
        let rows = (0..<50).map { "\($0),x\n" }.joined()
        let answer = try Self.read("a,b\n\"stray,1\n" + rows)
        #expect(answer.bad == ["2: a field begins with a quote and has no closing one"])
        #expect(answer.records.count == 50 && answer.records[0] == #"{"a":0,"b":"x"}"#)
        #expect(answer.lines == Array(3..<53))
    }

    @Test func typesAreKept() throws {
        let settings = Self.settings {
            $0.kinds = [
                ("n", .number), ("t", .text), ("b", .boolean), ("j", .json), ("s", .skip), ("w", .time),
            ]
            $0.nulls = [Array("NAN".utf8), Array("-9999".utf8)]
        }
        let head = "s,n,t,b,j,w\n"
        let answer = try Self.read(
            head + "x,007.50,12,YES,\"{\"\"k\"\":[1]}\",2024-01-31 13:45\nx,+.5,NAN,0,2,2024-01-31T13:45:10.5+01:00\n"
                + "x,-9999,,,,\n",
            settings)
        #expect(
            answer.records == [
                #"{"n":7.50,"t":"12","b":true,"j":{"k":[1]},"w":"2024-01-31T13:45:00.000Z"}"#,
                #"{"n":0.5,"t":null,"b":false,"j":2,"w":"2024-01-31T12:45:10.500Z"}"#,
                #"{"n":null,"t":null,"b":null,"j":null,"w":null}"#,
            ])
        let bad = try Self.read(head + "x,1 2,a,maybe,{,soon\nx,,,maybe,,\nx,,,,{,\nx,,,,,2024-02-30\n", settings)
        #expect(
            bad.bad == [
                "2: 'n' holds '1 2', which is no number", "3: 'b' holds 'maybe', which is neither true nor false",
                "4: 'j' holds '{', which is no JSON",
                "5: 'w' holds '2024-02-30', which is no time such as 2024-01-31 13:45:00",
            ])
    }

    @Test func germanTablesAreRead() throws {
        let settings = Self.settings {
            ($0.delimiter, $0.decimal, $0.encoding) = (UInt8(ascii: ";"), UInt8(ascii: ","), .windows1252)
            $0.timePattern = try? CSVTimePattern(word: "%d.%m.%Y %H:%M:%S")
            $0.zone = ZoneClock.named("+01:00")!
            $0.kinds = [("Zeit", .time)]
        }
        let text =
            Array("Zeit;Ort;Wert\n1.2.2024 9:05:07,25;M".utf8) + [0xFC, 0x6C, 0x6C, 0x80]
            + Array(";-12,50\n31.12.2024  23:00:00;x;1.5\n".utf8)
        let answer = try Self.read(text, settings)
        #expect(
            answer.records == [
                #"{"Zeit":"2024-02-01T08:05:07.250Z","Ort":"Müll€","Wert":-12.50}"#,
                // A point is no decimal sign here.
                #"{"Zeit":"2024-12-31T22:00:00.000Z","Ort":"x","Wert":"1.5"}"#,
            ])
        let plain = try Self.read(Array("a,b\nx,".utf8) + [0xFC, 0x0A])
        #expect(plain.bad.count == 1 && plain.bad[0].hasSuffix("is not UTF-8; --csv-encoding windows-1252 may read it"))
    }

    @Test func namesComeFromTheHeaderOrFromTheCaller() throws {
        let given = try Self.read(
            "junk\n\"more\njunk\n1,2\n", Self.settings { ($0.names, $0.skippedLines) = (["x", "y"], 3) })
        #expect(given.records == [#"{"x":1,"y":2}"#] && given.lines == [4])
        let keyed = try Self.read("a, b \nx\"y,2\n,3\n", Self.settings { $0.keys = ["b", "a"] })
        #expect(keyed.keys == ["2|x\"y"])
        #expect(keyed.bad == ["3: there is no field 'a' to make its key of"])
        func fault(_ text: String, _ change: (inout CSVSettings) -> Void = { _ in }) -> String? {
            do { _ = try Self.read(text, Self.settings(change)) } catch let fault as CSVHeaderFault {
                return fault.message
            } catch {}
            return nil
        }
        #expect(fault("a,b,a\n") == "two columns have the name 'a'")
        #expect(fault("a,,c\n") == "column 2 has no name")
        #expect(fault("a;b\n") == "line 1: the header is one field, 'a;b'")
        #expect(fault("a,b\n") { $0.kinds = [("c", .text)] } == "no column has the name 'c' of --csv-types")
        #expect(fault("a,b\n") { $0.keys = ["k"] } == "no column has the name 'k', of which the key is made")
        #expect(fault("a,b\n") { $0.zone = ZoneClock.named("+01:00")! } == "no column is a time")
    }

    @Test func anEmptyTextAndAHeaderAloneMakeNothing() throws {
        for text in ["", "\n", "a,b", "a,b\n", "\n\na,b\r\n\r\n"] {
            #expect(try Self.read(text) == Answer(), "\(text)")
        }
    }

    /// The hours that a clock shows twice, or never, by the rules of a real zone: in Zurich the clock went from 02:00
    /// to 03:00 on 2024-03-31 and back from 03:00 to 02:00 on 2024-10-27, both at 01:00 UTC.
    @Test func aZoneHasSummerAndWinter() throws {
        let settings = Self.settings {
            $0.zone = ZoneClock.named("Europe/Zurich")!
        }
        let times = [
            "2024-01-31 12:00", "2024-07-31 12:00", "2024-03-31 01:59:59", "2024-03-31 02:30", "2024-03-31 03:00",
            "2024-10-27 01:30", "2024-10-27 02:30", "2024-10-27 03:00", "2024-10-27 02:30Z", "2024-01-31 12:00",
        ]
        let answer = try Self.read("timestamp\n" + times.map { $0 + "\n" }.joined(), settings)
        #expect(
            answer.records
                == [
                    "2024-01-31T11:00:00", "2024-07-31T10:00:00", "2024-03-31T00:59:59", "2024-03-31T01:00:00",
                    "2024-10-26T23:30:00", "2024-10-27T00:30:00", "2024-10-27T02:00:00", "2024-10-27T02:30:00",
                    "2024-01-31T11:00:00",
                ].map { "{\"timestamp\":\"\($0).000Z\"}" })
        #expect(
            answer.bad == [
                "5: 'timestamp' holds '2024-03-31 02:30', which is a time that the clock of the zone has left out"
            ])
        #expect(ZoneClock.named("Europe/Atlantis") == nil && ZoneClock.named("../etc/passwd") == nil)
    }

    /// Every quarter of an hour of clock changes in eight zones until 2050, by Python's zoneinfo.
    @Test func zonesAreAsInPython() throws {
        let zones = [
            "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago",
            "Africa/Casablanca", "Pacific/Apia", "UTC",
        ]
        let script = """
            import sys, zoneinfo, datetime, random
            random.seed(7)
            for name in sys.argv[1:]:
                zone = zoneinfo.ZoneInfo(name)
                start = datetime.datetime(1995, 1, 1)
                for _ in range(3000):
                    civil = start + datetime.timedelta(minutes=15 * random.randrange(55 * 365 * 96))
                    moment = civil.replace(tzinfo=zone).astimezone(datetime.timezone.utc)
                    exists = moment.astimezone(zone).replace(tzinfo=None) == civil
                    print(name, civil.isoformat(), moment.isoformat() if exists else 'none')
            """
        let told = try Subprogram.output(of: "/usr/bin/python3", ["-c", script] + zones)
        for name in zones {
            let settings = Self.settings {
                ($0.zone, $0.kinds) = (ZoneClock.named(name)!, [("timestamp", .time)])
            }
            let lines = told.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0[0] == name }
            let answer = try Self.read("timestamp\n" + lines.map { $0[1] + "\n" }.joined(), settings)
            let expected = lines.filter { $0[2] != "none" }
                .map { "{\"timestamp\":\"\($0[2].split(separator: "+")[0]).000Z\"}" }
            #expect(answer.records == expected && expected.count > 2900, "\(name)")
            #expect(answer.bad.count == lines.count - expected.count)
        }
    }

    @Test(arguments: [
        ("%m/%d/%y %I:%M %p", "1/31/24 12:05 am", "2024-01-31T00:05:00.000Z"),
        ("%d-%b-%Y %T", "05-Mar-1999 23:59:59.1239", "1999-03-05T23:59:59.123Z"),
        ("%s", "1706708700.25", "2024-01-31T13:45:00.250Z"),
        ("%Y%m%dT%H%M%S%z", "20240131T134500+0130", "2024-01-31T12:15:00.000Z"),
    ]) func timesAreReadByAPattern(_ pattern: String, _ text: String, _ expected: String) throws {
        let settings = Self.settings {
            $0.timePattern = try? CSVTimePattern(word: pattern)
            $0.kinds = [("t", .time)]
        }
        #expect(try Self.read("t\n\(text)\n", settings).records == ["{\"t\":\"\(expected)\"}"])
        #expect(try Self.read("t\n\(text)x\n", settings).bad.count == 1)
        #expect(throws: WordError.self) { try CSVTimePattern(word: "%d.%m") }
        #expect(throws: WordError.self) { try CSVTimePattern(word: "%Q") }
    }

    /// Random tables that Python's csv module wrote, in pieces of random sizes.
    @Test func pythonsTablesAreReadAsPythonMeantThem() async throws {
        let folder = try TemporaryDirectory()
        let oracle = Kappa.packageRoot + "/Tests/KappaFormatsTests/csv_oracle.py"
        let count = 300
        let seed = Int.random(in: 0..<1_000_000)
        _ = try Subprogram.output(of: "/usr/bin/python3", [oracle, "generate", folder.path, "\(seed)", "\(count)"])
        for number in 0..<count {
            let how = Subprogram.read("\(folder.path)/\(number).how").split(separator: " ").compactMap { Int($0) }
            let bytes = Array(Subprogram.read("\(folder.path)/\(number).csv").utf8)
            let delimiter = try #require(how.first.map { UInt8($0) })
            // Where not all texts stand in quotes, texts that look like numbers are told by the type.
            let names = how[1] == 1 ? try header(bytes, delimiter) : []
            let settings = Self.settings {
                $0.delimiter = delimiter
                $0.kinds = names.map { ($0, .text) }
            }
            let answer = try Self.read(bytes, settings, step: Int.random(in: 1...max(1, bytes.count)))
            #expect(answer.bad.isEmpty, "seed \(seed), table \(number)")
            try folder.write("\(number).json", answer.records.map { $0 + "\n" }.joined())
        }
        let judged = try Subprogram.output(of: "/usr/bin/python3", [oracle, "check", folder.path, "\(count)"])
        #expect(judged.hasSuffix("cases=\(count) wrong=0\n"), "seed \(seed): \(judged)")
    }

    /// The names of the columns, as the header's own row.
    private func header(_ bytes: [UInt8], _ delimiter: UInt8) throws -> [String] {
        let end = bytes.firstIndex(of: 10).map { $0 + 1 } ?? bytes.count
        let count = Self.settings { $0.delimiter = delimiter }
        let twice = Array(bytes[..<end]) + (bytes[..<end].last == 10 ? [] : [10]) + Array(bytes[..<end])
        let row = try #require(try Self.read(twice, count).records.first)
        var buffer = JSONBuffer()
        row.utf8.withContiguousStorageIfAvailable { buffer.load(UnsafeRawBufferPointer($0)) }
        var names: [String] = []
        try JSONValue(checking: buffer).forEachField { name, _ in names.append(name.text) }
        return names
    }
}
