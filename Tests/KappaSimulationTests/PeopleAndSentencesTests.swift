import Testing

@testable import KappaSimulation

@Suite struct PeopleAndSentencesTests {
    @Test func peopleHaveNestedFields() throws {
        var people = PeopleGenerator(seed: 1)
        let buffer = LineBuffer()
        for _ in 0..<100 { people.append(to: buffer) }
        let lines = String(decoding: buffer.bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 100)
        let uuid =
            #/"login":\{"uuid":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}","username":"[a-z.0-9]+"\}/#
        for line in lines { #expect(line.contains(uuid), "\(line)") }
    }

    @Test func sentencesRepeatWithTheirSeed() {
        func some() -> String {
            var sentences = SentenceGenerator(seed: 4)
            let buffer = LineBuffer()
            for _ in 0..<50 { sentences.append(to: buffer) }
            return String(decoding: buffer.bytes, as: UTF8.self)
        }
        #expect(some() == some())
        #expect(some().split(separator: "\n").allSatisfy { $0.hasSuffix(".") && $0.first!.isUppercase })
    }
}
