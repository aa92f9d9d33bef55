import Glibc
import KappaTestSupport
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

    @Test func aFileThatOthersCanChangeIsNotRead() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("kappa.conf", "window = 1m\n")
        for (mode, isRead) in [(0o600, true), (0o644, true), (0o664, true), (0o666, false), (0o602, false)] {
            #expect(chmod(path, mode_t(mode)) == 0)
            let settings = Settings.load([path])
            #expect(settings.files.isEmpty != isRead && settings.problems.isEmpty == isRead)
        }
        let problem = Settings.load([path]).problems.first
        #expect(problem?.message == "\(path): any user of this machine can change it (mode 602), so it is not read")
        #expect(problem?.hint == "chmod o-w \(path)")
    }

    @Test(.enabled(if: getuid() == 0, "only the administrator gives files away"))
    func aFileOfSomebodyElseIsNotRead() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("kappa.conf", "window = 1m\n")
        #expect(chown(path, 4321, 4321) == 0)
        let settings = Settings.load([path])
        #expect(settings.files.isEmpty)
        #expect(settings.problems.first?.message.contains("another user (uid 4321)") == true)
    }

    @Test func aPasswordThatOthersCanReadIsTold() throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("kappa.conf", "window = 1m\nproperty = sasl.password=hunter2\n")
        #expect(chmod(path, 0o644) == 0)
        func problems() -> [String] { SettingRow.problems(Settings.load([path]), below: CommandRegistry.root) }
        #expect(problems().count == 1 && problems()[0].hasPrefix("\(path):2: property holds a password"))
        #expect(!problems()[0].contains("hunter2"))
        #expect(chmod(path, 0o600) == 0)
        #expect(problems().isEmpty)
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
