import Glibc
import KappaCore
import KappaFormats

// Trials of the Avro room that run in a process of their own, so that a crash is told as one:
//
//     AvroTrials answer CASES ANSWERS      what oracle.py made, read and written again
//     AvroTrials fuzz COUNT SEED           bytes that are not what their schema says
//     AvroTrials bench                     seconds per million readings decoded to slots

let words = CommandLine.arguments.dropFirst()
switch (words.first, words.count) {
case ("answer", 3): answer(cases: words[2], answers: words[3])
case ("fuzz", 3):
    var fuzz = Fuzz(seed: UInt64(words[3]) ?? 1)
    fuzz.run(Int(words[2]) ?? 0)
case ("bench", 1): bench()
default: exit(2)
}

func lines(_ path: String) -> [String] {
    guard let file = fopen(path, "r") else { exit(1) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
    return bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
}

/// Calls with the value of a JSON text; it lives no longer than the call.
func reading<Result>(_ text: String, _ body: (JSONValue) -> Result) -> Result {
    var buffer = JSONBuffer()
    Array(text.utf8).withUnsafeBytes { buffer.load($0) }
    return body((try? JSONValue(checking: buffer)) ?? .absent)
}

func bytes(ofHex text: String) -> [UInt8] {
    let digits = Array(text.utf8).map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func hex(_ bytes: UnsafeRawBufferPointer) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

func answer(cases: String, answers: String) {
    guard let out = fopen(answers, "w") else { exit(1) }
    defer { fclose(out) }
    for line in lines(cases) {
        let (writer, reader, data) = reading(line) { value in
            (value.member("writer").text, value.member("reader").text, bytes(ofHex: value.member("hex").text))
        }
        fputs(answer(writer, reader, data) + "\n", out)
    }
}

func answer(_ writer: String, _ reader: String, _ data: [UInt8]) -> String {
    do {
        let (from, to) = (try AvroSchema(parsing: writer), try AvroSchema(parsing: reader))
        var json = ByteWriter()
        do {
            try data.withUnsafeBytes { try AvroPlan(writer: from, reader: to, style: .avro).appendJSON($0, to: &json) }
        } catch {
            return "{\"error\":\"\(error)\"}"
        }
        let text = String(decoding: json.bytes, as: UTF8.self)
        var again = ByteWriter()
        try reading(text) { value in
            Result { try AvroEncoder(to, form: .avro).append(value, to: &again) }
        }.get()
        if let fault = slotFault(from, to, data) { return "{\"fault\":\"\(fault)\"}" }
        return "{\"ok\":\(text),\"again\":\"\(hex(again.bytes))\"}"
    } catch {
        var writer = ByteWriter()
        writer.append(quoted: "\(error)")
        return "{\"fault\":\(String(decoding: writer.bytes, as: UTF8.self))}"
    }
}

/// Each field of a record taken by its slot is what the whole as JSON has.
func slotFault(_ from: AvroSchema, _ to: AvroSchema, _ data: [UInt8]) -> String? {
    guard to.top.kind == .record, from.top.kind == .record else { return nil }
    let plan = AvroPlan(writer: from, reader: to)
    let names = to.top.fields.map(\.name)
    var json = ByteWriter()
    var slots = AvroSlots(plan: plan, fields: names.compactMap { FieldPath($0) })
    let results: (whole: Bool, parts: Bool) = data.withUnsafeBytes { bytes in
        ((try? plan.appendJSON(bytes, to: &json)) != nil, (try? slots.read(bytes)) != nil)
    }
    guard results.whole, results.parts else { return results.whole == results.parts ? nil : "slots and JSON differ" }
    for (index, name) in names.enumerated() {
        let wanted = reading(String(decoding: json.bytes, as: UTF8.self)) { Array($0.member(name).raw) }
        var found = ByteWriter()
        data.withUnsafeBytes { bytes in
            try? slots.read(bytes)
            slots.appendJSON(index, to: &found)
        }
        if !found.bytes.elementsEqual(wanted) { return "the slot of \(name) is not what the JSON has" }
    }
    return nil
}

func bench() {
    let text = """
        {"type":"record","name":"Reading","namespace":"kappa","fields":[
         {"name":"borehole_number","type":"string"},{"name":"instrument","type":"string"},
         {"name":"reading","type":"double"},
         {"name":"timestamp","type":{"type":"long","logicalType":"timestamp-millis"}},
         {"name":"surface_level","type":["null","double"],"default":null},
         {"name":"northing","type":["null","double"],"default":null},
         {"name":"easting","type":["null","double"],"default":null},
         {"name":"units","type":["null","string"],"default":null}]}
        """
    guard let schema = try? AvroSchema(parsing: text) else { exit(1) }
    let json = """
        {"borehole_number":"BH-9483","instrument":"piezometer","reading":100.1,"timestamp":"2026-11-28T00:00:59.123Z",
        "surface_level":12.25,"northing":833420.5,"easting":816732.75,"units":"kPa"}
        """
    var reading = ByteWriter()
    _ = KappaTrials.encode(json, schema, &reading)
    // Another reader's schema: one field is renamed, one is new.
    let later =
        text.replacing(
            "{\"name\":\"units\"", with: "{\"name\":\"note\",\"type\":\"string\",\"default\":\"\"},{\"name\":\"units\"")
    guard let evolved = try? AvroSchema(parsing: later) else { exit(1) }
    let fields = schema.top.fields.compactMap { FieldPath($0.name) }
    for (name, plan) in [("same", AvroPlan(schema)), ("resolved", AvroPlan(writer: schema, reader: evolved))] {
        var slots = AvroSlots(plan: plan, fields: fields)
        var sum = 0.0
        let seconds =
            (0..<5).map { _ in
                KappaTrials.seconds {
                    for _ in 0..<1_000_000 {
                        guard (try? slots.read(reading.bytes)) != nil else { exit(1) }
                        sum += slots[2].double ?? 0
                    }
                }
            }.min() ?? 0
        var out = ByteWriter()
        let asJSON = KappaTrials.seconds {
            for _ in 0..<1_000_000 {
                out.removeAll()
                try? plan.appendJSON(reading.bytes, to: &out)
            }
        }
        print("\(name): \(seconds) s to slots, \(asJSON) s to JSON, per million of \(reading.count) bytes", sum > 0)
    }
}

enum KappaTrials {
    static func encode(_ json: String, _ schema: AvroSchema, _ writer: inout ByteWriter) -> Bool {
        var buffer = JSONBuffer()
        Array(json.utf8).withUnsafeBytes { buffer.load($0) }
        guard let value = try? JSONValue(checking: buffer) else { return false }
        return (try? AvroEncoder(schema).append(value, to: &writer)) != nil
    }

    static func seconds(_ body: () -> Void) -> Double {
        var (start, end) = (timespec(), timespec())
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start)
        body()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    }
}
