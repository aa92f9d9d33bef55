import KappaCore
import KappaFormats
import Testing

/// What Apache Avro's own test data, and two other libraries, say of schemas and bytes.
@Suite struct AvroVectorTests {
    @Test func canonicalFormsAndFingerprintsAreThoseOfTheSpecification() throws {
        let cases = Fixture.load("Avro/canonical.json").items
        #expect(cases.count == 34)
        for item in cases {
            let schema = try AvroSchema(parsing: item["schema"]?.text ?? "")
            #expect(schema.canonicalForm == item["canonical"]?.text)
            guard let fingerprint = item["fingerprint"].flatMap({ Int64($0.text) }) else { continue }
            #expect(Int64(bitPattern: schema.fingerprint) == fingerprint, "\(schema.canonicalForm)")
        }
    }

    /// RFC 1321's and FIPS 180-4's digests of `"int"`, by md5sum and sha256sum.
    @Test func otherFingerprintsAreDigestsOfTheCanonicalForm() throws {
        let schema = try AvroSchema(parsing: #"{"type":"int"}"#)
        #expect(hex(schema.md5) == "ef524ea1b91e73173d938ade36c1db32")
        #expect(schema.sha256 == "3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45")
    }

    @Test func whatTheSpecificationForbidsIsRefused() throws {
        let cases = Fixture.load("Avro/rejections.json").items
        #expect(cases.count == 9)
        for item in cases {
            let plan = AvroPlan(try AvroSchema(parsing: item["schema"]?.text ?? ""))
            #expect(throws: AvroFault.self, "\(item["name"]?.text ?? "")") {
                try json(plan, bytes(hex: item["hex"]?.text ?? ""))
            }
        }
    }

    @Test func valuesAreReadAndWrittenAsByOtherLibraries() throws {
        let cases = Fixture.load("Avro/vectors.json")["encode"]?.items ?? []
        #expect(cases.count == 59)
        for item in cases {
            let name = item["name"]?.text ?? ""
            let schema = try AvroSchema(parsing: item["schema"]?.json ?? "")
            #expect(schema.canonicalForm == item["canonical"]?.text, "\(name)")
            let data = bytes(hex: item["hex"]?.text ?? "")
            let told = try json(AvroPlan(schema), data)
            #expect(item["value"]?.says(Fixture(Array(told.utf8))) == true, "\(name): \(told)")
            // Of two records that look alike plain JSON means the first.
            if !told.isEmpty, item["value"]?["$branch"] == nil {
                #expect(hex(try encoded(told, schema)) == item["hex"]?.text, "\(name): \(told)")
            }
            let tagged = try json(AvroPlan(schema, style: .avro), data)
            #expect(hex(try encoded(tagged, schema, form: .avro)) == item["hex"]?.text, "\(name): \(tagged)")
            var single = ByteWriter()
            AvroSingleObject.appendHeader(schema.fingerprint, to: &single)
            #expect(hex(single.bytes) + hex(data) == item["single_object_hex"]?.text, "\(name)")
        }
    }

    @Test func schemasAreResolvedAsTheSpecificationSays() throws {
        let cases = Fixture.load("Avro/vectors.json")["resolve"]?.items ?? []
        #expect(cases.count == 46)
        for item in cases {
            let name = item["name"]?.text ?? ""
            let writer = try AvroSchema(parsing: item["writer"]?.json ?? "")
            let plan = AvroPlan(writer: writer, reader: try AvroSchema(parsing: item["reader"]?.json ?? ""))
            let data = bytes(hex: item["hex"]?.text ?? "")
            guard item["ok"]?.text == "true" else {
                #expect(throws: AvroFault.self, "\(name)") { try json(plan, data) }
                continue
            }
            let told = try json(plan, data)
            var wanted = item["by_specification"] ?? item["result"]
            if wanted?.text.hasPrefix("(") == true { wanted = item["result"] }
            #expect(wanted?.says(Fixture(Array(told.utf8))) == true, "\(name): \(told)")
        }
    }

    @Test func malformedBytesAreRefused() throws {
        let cases = Fixture.load("Avro/vectors.json")["malformed"]?.items ?? []
        #expect(cases.count == 18)
        for item in cases {
            let name = item["name"]?.text ?? ""
            let plan = AvroPlan(try AvroSchema(parsing: item["schema"]?.json ?? ""))
            let data = bytes(hex: item["hex"]?.text ?? "")
            if name.hasSuffix("(valid)") {
                #expect(try json(plan, data) == "[1,2]")
            } else {
                #expect(throws: AvroFault.self, "\(name)") { try json(plan, data) }
            }
        }
    }

    @Test func readingEndsAtEveryCutAndMindsEveryByte() throws {
        for item in Fixture.load("Avro/vectors.json")["encode"]?.items ?? [] {
            let plan = AvroPlan(try AvroSchema(parsing: item["schema"]?.json ?? ""))
            let data = bytes(hex: item["hex"]?.text ?? "")
            for length in 0..<data.count {
                #expect(throws: AvroFault.self) { try json(plan, Array(data[..<length])) }
            }
            #expect(throws: AvroFault.trailingBytes) { try json(plan, data + [0]) }
        }
    }
}

/// What Apache's checker says of pairs of schemas, which is what a registry has to say.
@Suite struct AvroCompatibilityTests {
    @Test func pairsGoTogetherAsApachesCheckerSays() throws {
        let pairs = Fixture.load("Avro/compatibility.json").items
        #expect(pairs.count == 131)
        for pair in pairs {
            let (reader, writer) = (pair["reader"]?.text ?? "", pair["writer"]?.text ?? "")
            let problems = AvroCompatibility.problems(
                reader: try AvroSchema(parsing: reader), writer: try AvroSchema(parsing: writer))
            let isWanted = pair["compatible"]?.text == "true"
            #expect(problems.isEmpty == isWanted, "\(writer) read by \(reader): \(problems)")
        }
    }

    /// By Confluent's table of the seven levels: BACKWARD lets go of a field and takes one with a default, FORWARD
    /// takes any field and lets go of one with a default, FULL does both; TRANSITIVE looks at all versions.
    @Test(arguments: CompatibilityLevel.allCases)
    func eachLevelAllowsWhatItsNameSays(_ level: CompatibilityLevel) throws {
        let a = #"{"name":"a","type":"int"}"#
        let (b, defaulted) = (#"{"name":"b","type":"int"}"#, #"{"name":"b","type":"int","default":0}"#)
        func schema(_ fields: String...) throws -> AvroSchema {
            try AvroSchema(
                parsing: "{\"type\":\"record\",\"name\":\"R\",\"fields\":[\(fields.joined(separator: ","))]}")
        }
        func allows(_ new: AvroSchema, _ old: AvroSchema...) -> Bool {
            level.problems(new, versions: old.enumerated().map { ($0.offset + 1, $0.element) }).isEmpty
        }
        let (reads, isRead) = (level.rawValue.hasPrefix("BACKWARD"), level.rawValue.hasPrefix("FORWARD"))
        let isFull = level.rawValue.hasPrefix("FULL")
        let addsPlain = try allows(schema(a, b), schema(a))
        #expect(addsPlain == (isRead || level == .none))
        #expect(try allows(schema(a), schema(a, b)) == (reads || level == .none))
        #expect(try allows(schema(a, defaulted), schema(a)))
        // The one before has the field with a default, the first without.
        let first = try schema(a)
        #expect(
            try allows(schema(a, b), first, schema(a, defaulted))
                == !(level == .backwardTransitive || level == .fullTransitive))
        #expect(isFull || reads || isRead || level == .none)
    }

    @Test func whatStandsInTheWayIsSaidWithItsPlace() throws {
        let reader =
            #"{"type":"record","name":"R","fields":[{"name":"p","type":{"type":"record","name":"P","fields":["#
            + #"{"name":"x","type":{"type":"array","items":"int"}},{"name":"y","type":"int"}]}}]}"#
        let writer =
            #"{"type":"record","name":"R","fields":[{"name":"p","type":{"type":"record","name":"P","fields":["#
            + #"{"name":"x","type":{"type":"array","items":"string"}}]}}]}"#
        #expect(
            AvroCompatibility.problems(reader: try AvroSchema(parsing: reader), writer: try AvroSchema(parsing: writer))
                == [
                    "p.x[]: string was written, and int does not read it",
                    "p.y: the field was not written and has no default",
                ])
    }
}
