import Glibc
import KappaCore
import KappaFormats
import KappaTestSupport
import Testing

/// Other libraries and another process as judges. `KAPPA_AVRO_CASES` and `KAPPA_AVRO_INPUTS` make the runs longer, as
/// `make avro-trials` does.
@Suite struct AvroOracleTests {
    static let python: String? = {
        let named = getenv("KAPPA_TEST_PYTHON").map { String(cString: $0) }
        let python = named ?? Kappa.packageRoot + "/.build/venv/bin/python"
        return access(python, X_OK) == 0 ? python : nil
    }()
    static let trials =
        Kappa.path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        .joined(separator: "/") + "/AvroTrials"

    private static func number(_ variable: String, _ fallback: Int) -> Int {
        getenv(variable).flatMap { Int(String(cString: $0)) } ?? fallback
    }

    private func run(_ words: [String], _ folder: TemporaryDirectory) async throws -> ChildProcess.Result {
        let child = try ChildProcess(words, environment: ["PATH": "/usr/bin:/bin"], directory: folder.path)
        return try await child.finish(timeout: .seconds(3000))
    }

    @Test(.enabled(if: python != nil, "no Python with fastavro and avro: run `make deps`"))
    func randomSchemasAndValuesAreReadAsByTwoOtherLibraries() async throws {
        let folder = try TemporaryDirectory()
        let oracle = Kappa.packageRoot + "/Tests/KappaFormatsTests/oracle.py"
        let count = Self.number("KAPPA_AVRO_CASES", 1000)
        let seed = Self.number("KAPPA_AVRO_SEED", 1)
        let python = try #require(Self.python)
        #expect(try await run([python, oracle, "generate", "\(count)", "\(seed)", "cases"], folder).status == 0)
        #expect(try await run([Self.trials, "answer", "cases", "answers"], folder).status == 0)
        let judged = try await run([python, oracle, "check", "cases", "answers"], folder)
        let last = judged.lines.last ?? ""
        #expect(last.hasPrefix("cases=\(count) wrong=0 "), "\(judged.output)\(judged.errors)")
        // Enough of them have an answer, and enough are refused, for the comparison to mean something.
        let counts = last.split(separator: " ").compactMap { $0.split(separator: "=").last.flatMap { Int($0) } }
        #expect(counts.count == 6 && counts[2] > count / 2 && counts[3] > count / 50, "\(last)")
    }

    @Test func bytesAndSchemasThatNobodyWroteEndInLittleMemory() async throws {
        let folder = try TemporaryDirectory()
        let count = Self.number("KAPPA_AVRO_INPUTS", 4000)
        let result = try await run([Self.trials, "fuzz", "\(count)", "\(Self.number("KAPPA_AVRO_SEED", 1))"], folder)
        #expect(result.status == 0, "\(result.output)\(result.errors)")
        let counts = result.output.split { $0 == " " || $0 == "\n" }
            .compactMap { $0.split(separator: "=").last.flatMap { Int($0) } }
        #expect(counts.count == 5 && counts[0] >= count && counts[1] > count / 50 && counts[4] < 200_000)
    }

    @Test(arguments: ["null", "deflate", "snappy", "zstandard"])
    func containerFilesGoBothWays(_ codec: String) async throws {
        guard let python = Self.python else { return }
        let folder = try TemporaryDirectory()
        let script = """
            import fastavro, sys
            schema = {"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}, {"name": "b", "type": "string"}]}
            if sys.argv[1] == "write":
                with open("theirs", "wb") as file:
                    fastavro.writer(file, schema, ({"a": i, "b": "x" * (i % 50)} for i in range(5000)), codec="\(codec)")
            else:
                with open("ours", "rb") as file:
                    reader = fastavro.reader(file)
                    print(reader.codec, sum(r["a"] + len(r["b"]) for r in reader))
            """
        try folder.write("files.py", script)
        let sum = (0..<5000).reduce(0) { $0 + $1 + $1 % 50 }
        let written = try await run([python, "files.py", "write"], folder)
        #expect(written.status == 0, "\(written.errors)")
        let file = try AvroContainer(Self.read(folder.path + "/theirs"))
        #expect(file.codec.rawValue == codec)
        let schema = file.schema
        var found = 0
        var values: [[UInt8]] = []
        try file.forEachJSON(AvroPlan(schema)) { json in
            let text = String(decoding: json, as: UTF8.self)
            values.append(try encoded(text, schema))
            let parts = Fixture(Array(json))
            found += (Int(parts["a"]?.text ?? "") ?? 0) + (parts["b"]?.text.count ?? 0)
        }
        #expect(found == sum)
        guard
            var writer = AvroContainerWriter(
                schema: file.schemaText, codec: file.codec, mark: Array(repeating: 7, count: 16))
        else {
            #expect(codec == "snappy", "everything but snappy is written too")
            return
        }
        for value in values { try value.withUnsafeBytes { try writer.append($0) } }
        try writer.finish()
        Self.write(writer.output.bytes, folder.path + "/ours")
        let read = try await run([python, "files.py", "read"], folder)
        #expect(read.output == "\(codec) \(sum)\n", "\(read.errors)")
    }

    @Test func aDamagedContainerFileSaysWhere() throws {
        let text = Array(#""int""#.utf8)
        guard var writer = AvroContainerWriter(schema: text, codec: .deflate, mark: Array(0..<16)) else { return }
        try [UInt8]([14]).withUnsafeBytes { try writer.append($0) }
        try writer.finish()
        let file = Array(writer.output.bytes)
        var seen: [String] = []
        try AvroContainer(file).forEachJSON(AvroPlan(try AvroSchema(parsing: text))) {
            seen.append(String(decoding: $0, as: UTF8.self))
        }
        #expect(seen == ["7"])
        for length in 0..<file.count {
            do {
                let cut = try AvroContainer(Array(file[..<length]))
                try cut.forEachJSON(AvroPlan(cut.schema)) { _ in Issue.record("a cut block was read") }
            } catch { #expect("\(error)".hasPrefix("it")) }
        }
        var changed = file
        changed[file.count - 1] ^= 1
        #expect { try AvroContainer(changed).forEachJSON(AvroPlan(AvroSchema(parsing: text))) { _ in } } throws: {
            "\($0)".contains("mark")
        }
    }

    private static func read(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return bytes
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, _ path: String) {
        guard let file = fopen(path, "w") else { return }
        defer { fclose(file) }
        fwrite(bytes.baseAddress, 1, bytes.count, file)
    }
}
