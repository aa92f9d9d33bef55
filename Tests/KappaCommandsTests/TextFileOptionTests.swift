import KappaArguments
import KappaCore
import KappaTestSupport
import Testing

@testable import KappaCommands

/// Every option of every command that names a file, made from the declarations: each that reads text reads what any
/// editor writes, and a new one must say here what it does.
@Suite struct TextFileOptionTests {
    /// What becomes of the file that an option names.
    enum Use {
        /// Text is read: a sample, and the command lines that show that all of it was understood.
        case reads(String, [[String]])
        /// It is written, not read.
        case writes
        /// OpenSSL reads it.
        case certificate
    }

    private static let broker = "@BROKER"
    private static let file = "@FILE"
    private static let fresh = "@NEW"

    private static let register = "borehole_number,instrument,unit,factor\nBH-1,piezometer,kPa,2\n"
    private static let nowhere = "http://127.0.0.1:1"
    private static let schema = """
        {"type": "record", "name": "R",
        "fields": [{"name": "a", "type": "long"}]}

        """

    static let uses: [String: Use] = [
        "--properties": .reads(
            "key.serializer=of.java\nbootstrap.servers=127.0.0.1:1\n",
            [["topics", "list", "--timeout", "2s", "-F", file]]),
        "--calibration": .reads(
            "BH-1,piezometer,2,0.5\nBH-2,piezometer,1,-1\n",
            [["process", "--dry-run", "-b", broker, "-i", "text", "--calibration", file]]),
        "up --file": .reads("up.window = 5x\nup.grace = 1s\n", [["up", "-f", file]]),
        "topics apply FILE": .reads(
            "[topic of-a-file]\npartitions = 2\n", [["topics", "apply", "-b", broker, "--dry-run", file]]),
        "groups reset --from-file": .reads(
            "text 0 1\ntext 0 one\n", [["groups", "reset", "readers", "-b", broker, "--from-file", file]]),
        "produce TOPIC|FILE": .reads(
            "{\"a\":1}\n{\"a\":2}\n",
            [
                ["produce", "-b", broker, fresh, "--create", file],
                ["consume", "-b", broker, fresh, "-e", "-f", "<%s>"],
            ]),
        "--users": .reads(
            "anna:secret of anna\nben\n",
            [["broker", "run", "--users", file, "--listen", "127.0.0.1:0", "--data", "b"]]),
        "--register": .reads(
            register, [["process", "--dry-run", "-b", broker, "-i", "text", "--register", file]]),
        "query --levels": .reads(
            register, [["query", "--latest", "--store", "sqlite:none.db", "--levels", file]]),
        // A register with a fault, so that no page is served.
        "serve --levels": .reads(
            "borehole_number,instrument,unit,factor\nBH-1,piezometer,kPa,x\n", [["serve", "--levels", file]]),
        "alarms check FILE": .reads(register, [["alarms", "check", file]]),
        "alarms test --levels": .reads(
            register, [["alarms", "test", "-b", broker, "-i", "text", "--levels", file]]),
        "--schema": .reads(schema, [["consume", "-b", broker, "text", "-e", "--schema", file]]),
        "produce --avro": .reads(schema, [["produce", "-b", broker, fresh, "--create", "--avro", file]]),
        // The schema is read before the registry is asked, which is not there.
        "schema register FILE": .reads(schema, [["schema", "register", "s", file, "--registry", nowhere]]),
        "schema check FILE": .reads(schema, [["schema", "check", "s", file, "--registry", nowhere]]),
        "--tls-cert": .certificate, "--tls-key": .certificate, "--registry-ca": .certificate,
        "--stats": .writes, "--to-file": .writes, "--plot": .writes, "produce --failed": .writes,
        "report --to": .writes,
    ]

    /// The names under which an option may stand in the table, the nearest first.
    static func keys(_ node: CommandNode, _ parameter: Parameter) -> [String] {
        ["\(node.words.dropFirst().joined(separator: " ")) \(parameter.label)", parameter.label]
    }

    static let declared: [(node: CommandNode, parameter: Parameter)] = CommandNode.all(CommandRegistry.root)
        .flatMap { node in
            (node.options + node.command.arguments).filter { parameter in
                parameter.completion == .file && !parameter.isSecret
                    || parameter.placeholder.split { !$0.isLetter }.contains("FILE")
            }.map { (node, $0) }
        }

    @Test func everyOptionThatNamesAFileIsInTheTable() {
        let missing = Self.declared.filter { node, parameter in
            Self.keys(node, parameter).allSatisfy { Self.uses[$0] == nil }
        }.map { Self.keys($0.node, $0.parameter)[0] }
        #expect(missing == [])
        let known = Set(Self.declared.flatMap { Self.keys($0.node, $0.parameter) })
        #expect(Self.uses.keys.filter { !known.contains($0) }.isEmpty)
    }

    /// The sample as editors would save it.
    private static func variants(_ text: String) -> [(name: String, bytes: [UInt8])] {
        let crlf = text.replacing("\n", with: "\r\n")
        let lines = text.split(separator: "\n")
        return [
            ("LF", Array(text.utf8)), ("a mark", TextEncoding.mark + Array(text.utf8)), ("CR LF", Array(crlf.utf8)),
            ("a mark and CR LF", TextEncoding.mark + Array(crlf.utf8)),
            ("a mix", Array("\(lines[0])\r\n\(lines[1])\n".utf8)), ("no end", Array(text.dropLast().utf8)),
        ]
    }

    @Test(arguments: uses.keys.sorted())
    func whatEveryEditorWritesIsReadAlike(option: String) async throws {
        guard case .reads(let text, let lines) = try #require(Self.uses[option]) else { return }
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "text", "-b", broker.address)
        var variants = Self.variants(text)
        // The blanks of a record are its own.
        if !option.hasPrefix("produce") {
            variants.append(("blanks", Array(text.replacing("\n", with: " \t\n").utf8)))
        }
        var first: String?
        for (index, variant) in variants.enumerated() {
            let said = try await said(variant.bytes, lines, broker, "\(index)")
            let expected = first ?? said
            first = expected
            #expect(said == expected, "\(option), saved with \(variant.name)")
        }
        for (bytes, word) in [(Array(text.utf8).flatMap { [$0, 0] }, "UTF-16"), (Array("abcd\0\n".utf8), "zero byte")] {
            guard word == "UTF-16" || !option.hasPrefix("produce") else { continue }
            let said = try await said(bytes, [lines[0]], broker, "refused")
            #expect(said.contains(word) && said.contains("FILE") && !said.contains("status 0"), "\(option): \(said)")
        }
        try await broker.stop()
    }

    /// What the command lines print, with what differs between two runs taken out.
    private func said(
        _ bytes: [UInt8], _ lines: [[String]], _ broker: BrokerProcess, _ name: String
    ) async throws -> String {
        let folder = try TemporaryDirectory()
        let path = "\(folder.path)/sample"
        try folder.write("sample", bytes)
        var said = ""
        for line in lines {
            let words = line.map { word in
                word == Self.broker
                    ? broker.address : word == Self.file ? path : word == Self.fresh ? "new\(name)" : word
            }
            let result = try await Kappa.run(words, directory: folder.path)
            said += "\(result.output)\n\(result.errors)\nstatus \(result.status)\n"
        }
        return said.replacing(path, with: "FILE").replacing("new\(name)", with: "NEW")
            .replacing(/in [0-9.]+ s.*/, with: "in a while")
    }

    /// The settings files are named by no option.
    @Test func theSettingsFileIsReadAlike() async throws {
        for (name, bytes) in Self.variants("brokers = 127.0.0.1:29095\nwindow = 20s\n") {
            let folder = try TemporaryDirectory()
            try folder.write("kappa.conf", bytes)
            let result = try await Kappa.run("config", "show", "--csv", directory: folder.path)
            #expect(result.output.contains("brokers,127.0.0.1:29095,./kappa.conf:1"), "\(name)")
            #expect(result.output.contains("window,20s,./kappa.conf:2"), "\(name)")
        }
    }

    /// A user of each line gets in, whatever ends the lines.
    @Test func everyUserOfAFileWithWindowsLineEndsGetsIn() async throws {
        for (name, bytes) in Self.variants("anna:secret of anna\nben:secret of ben\n") {
            let folder = try TemporaryDirectory()
            try folder.write("users", bytes)
            try folder.write("word", TextEncoding.mark + Array("secret of anna\r\n".utf8))
            try folder.write("other", Array("secret of ben".utf8))
            let broker = try await BrokerProcess.start(["--users", "\(folder.path)/users"], folder: folder)
            for (user, file) in [("anna", "word"), ("ben", "other")] {
                let result = try await Kappa.run(
                    "topics", "list", "-b", broker.address, "-X", "security.protocol=sasl_plaintext", "-X",
                    "sasl.mechanisms=SCRAM-SHA-256", "-X", "sasl.username=\(user)", "-X",
                    "sasl.password=file:\(folder.path)/\(file)")
                #expect(result.status == 0, "\(name): \(result.errors)")
            }
            try await broker.stop()
        }
    }
}
