import Testing

@testable import KappaCommands

@Suite struct SettingsFileTests {
    @Test func linesProfilesAndComments() throws {
        let file = try SettingsFile(
            path: "k", text: "# c\n a = 1\nb=\"x y \"\n\n[profile p]\n  a = 2 = 3\n[ profile q ]\nb =\n")
        #expect(file.profiles == ["p", "q"])
        let entry = { (key: String, profile: String?) in file.entries(of: key, profile: profile).map(\.value) }
        #expect(entry("a", nil) == ["1"])
        #expect(entry("b", nil) == ["x y "])
        #expect(entry("a", "p") == ["2 = 3"])
        #expect(entry("b", "q") == [""])
        #expect(file.entries.map(\.line) == [2, 3, 6, 8])
    }

    @Test(arguments: [
        ("a", "k:1: a line without '='"), ("= 1", "k:1: '' is not a key"), ("a b = 1", "k:1: 'a b' is not a key"),
        ("\n[profile]", "k:2: '[profile]' is not a section"), ("[x y]", "k:1: '[x y]' is not a section"),
        ("[profile p", "k:1: '[profile p' is not a section"),
    ])
    func aWrongLineIsNamed(text: String, message: String) {
        let error = #expect(throws: SettingsError.self) { _ = try SettingsFile(path: "k", text: text) }
        #expect(error?.message == message)
    }

    @Test(arguments: [("file:/a b", SecretReference.file("/a b")), ("env:PW", .environment("PW")), ("prompt", .prompt)])
    func aSecretIsToldByItsPlace(word: String, reference: SecretReference) throws {
        #expect(try SecretReference(word: word) == reference)
    }

    @Test(arguments: ["hunter2", "file:", "env:", ""])
    func aSecretItselfIsRefused(word: String) {
        #expect(throws: (any Error).self) { try SecretReference(word: word) }
    }
}
