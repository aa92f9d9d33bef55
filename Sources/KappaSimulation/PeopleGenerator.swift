import KappaCore

/// Random people with nested fields, in the manner of the public random-user services: one JSON object a line.
package struct PeopleGenerator {
    private var random: SeededGenerator

    package init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    package mutating func append(to buffer: LineBuffer) {
        let isFemale = random.next() & 1 == 0
        let first = random.pick(isFemale ? Words.womensNames : Words.mensNames)
        let last = random.pick(Words.surnames)
        let title = isFemale ? random.pick(["Ms", "Mrs", "Miss"]) : "Mr"
        let login = "\(first).\(last)\(random.integer(in: 1...999))".lowercased()
        buffer.append(
            """
            {"gender":"\(isFemale ? "female" : "male")",\
            "name":{"title":"\(title)","first":"\(first)","last":"\(last)"},\
            \(location()),"email":"\(login)@example.com",\
            "login":{"uuid":"\(uuid())","username":"\(login)"},\
            \(dates()),"phone":"\(phone())",\
            "picture":{"medium":"https://example.com/portraits/\(random.integer(in: 0...99)).jpg"}}\n
            """)
    }

    private mutating func location() -> String {
        let city = random.pick(Words.cities)
        return """
            "location":{"street":{"number":\(random.integer(in: 1...9999)),"name":"\(random.pick(Words.streets))"},\
            "city":"\(city.name)","state":"\(city.state)","country":"Australia",\
            "postcode":\(random.integer(in: 2000...7999))}
            """
    }

    /// The ages are those of 15 April 2022, so that a seed's people do not grow older.
    private mutating func dates() -> String {
        let today = Timestamp.daysSinceEpoch(year: 2022, month: 4, day: 15)
        let birth = today - random.integer(in: 18 * 366...90 * 365)
        let joined = today - random.integer(in: 1...6000)
        return """
            "dob":{"date":"\(date(day: birth))","age":\(Int(Double(today - birth) / 365.25))},\
            "registered":{"date":"\(date(day: joined))","age":\(Int(Double(today - joined) / 365.25))}
            """
    }

    private mutating func date(day: Int) -> String {
        Timestamp(milliseconds: Int64(day) * 86_400_000 + Int64(random.integer(in: 0...86_399_999))).rfc3339
    }

    private mutating func phone() -> String {
        "0\(random.integer(in: 2...8))-\(random.integer(in: 1000...9999))-\(random.integer(in: 1000...9999))"
    }

    /// Version 4, as RFC 9562 lays it out.
    private mutating func uuid() -> String {
        let high = random.next() & ~0xF000 | 0x4000
        let low = random.next() & ~(0b11 << 62) | 0b10 << 62
        let digits = PeopleGenerator.hex(high) + PeopleGenerator.hex(low)
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { digits[$0] }
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
    }

    private static func hex(_ word: UInt64) -> [UInt8] {
        let alphabet = Array("0123456789abcdef".utf8)
        return stride(from: 60, through: 0, by: -4).map { alphabet[Int(word >> UInt64($0) & 15)] }
    }
}
