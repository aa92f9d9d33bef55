import KappaCore
import KappaTestSupport
import Testing

/// Every table of every command on terminals of 60, 80 and 120 columns: no line is wider, and no name becomes
/// another's.
@Suite(.serialized) struct TableWidthTests {
    /// Names that differ in one letter at the end, as those of sites do.
    static let topics = ["site-north.monitoring.readings.raw.a", "site-north.monitoring.readings.raw.b"]
    static let job = "site-north.monitoring.windows.ten"
    static let boreholes = ["BH-NORTH-SLOPE-0001-UPPER", "BH-NORTH-SLOPE-0001-LOWER", "BH-NORTH-SLOPE-0002-UPPER"]
    static let groups = ["kappa.site-north.monitoring.reader.a", "kappa.site-north.monitoring.reader.b"]

    /// What each command prints a table of. In `{…}` stand places of the scene.
    static let commands: [String] = [
        "topics list", "topics describe", "topics describe {a}", "topics apply --dry-run {declaration}",
        "topics purge {b} --before end --dry-run", "groups list", "groups describe {group}",
        "groups reset {group} --to start --dry-run", "cluster", "doctor --store {store}", "broker status --data {data}",
        "config show --all", "config path", "store status --store {store}",
        "store describe --store {store}", "store migrate --store sqlite:{folder}/new-{width}.db",
        "query --store {store}",
        "query --store {store} --latest", "query --store {store} --bucket 1h --agg mean --agg max",
        "query --store {store} --pivot borehole", "query --store {store} --pivot day", "query --store {store} --gaps",
        "query --store {store} --count", "query --store {store} --list boreholes",
        "query --store {store} --list boreholenumber", "replay list --job {job}", "replay status --job {job}",
        "replay diff --job {job}", "replay diff --job {job} --sensors", "broker users list",
        "replay topic {a} --into {a}.copy --dry-run", "replay topic {a} --into {a}.copy",
        "replay dead {a}.dead --dry-run", "replay dead {a}.dead --reason none", "archive {a} {archive}",
        "archive verify {archive}", "archive restore {archive} --into {a}.again", "process {job-words} --dry-run",
        "alarms list", "alarms show BH-9483|piezometer", "alarms history",
        "alarms levels BH-9483|piezometer --register {register}",
        "alarms test --levels {register} --register {register}",
        "alarms check {wrong}", "sink sqlite {job}.out --store {store} --drain --stats", "status --data {up}",
    ]

    /// Kinds of records that are printed as lines of name and value, by commands that run on or write a file; the
    /// positions, which stand below the status of a store for people alone; and what a registry and a
    /// broker with rules of access answer, which their own suites start.
    static let lines: Set<String> = [
        "page", "report", "pipeline", "broker", "check", "positions", "registry", "schema", "schemas", "level", "acls",
    ]

    /// Where nobody signs in there are no users.
    static let mayBeEmpty = ["query --store {store} --gaps", "broker users"]

    struct Scene: Sendable {
        let broker: BrokerProcess
        let up: ChildProcess
        let places: [String: String]

        func words(_ command: String, width: Int = 0) -> [String] {
            command.split(separator: " ").flatMap { word -> [String] in
                var word = String(word).replacing("{width}", with: "\(width)")
                for (name, place) in places { word = word.replacing("{\(name)}", with: place) }
                return word.split(separator: " ").map(String.init)
            }
        }
    }

    static let scene = Task { () -> Scene in
        let broker = try await BrokerProcess.start()
        let folder = broker.folder.path
        var places = [
            "a": topics[0], "b": topics[1], "group": groups[0], "job": job, "folder": folder,
            "archive": "\(folder)/archive", "store": "sqlite:\(folder)/kappa.db", "data": "\(folder)/broker",
            "up": "\(folder)/up", "register": "\(folder)/site.csv", "wrong": "\(folder)/wrong.csv",
            "job-words": "-i \(topics[0]) -o \(job).out --route= --name \(job) --drain",
        ]
        places["declaration"] = try broker.folder.write(
            "topics.conf", topics.map { "[topic \($0)]\npartitions = 3\nretention.ms = 604800000\n" }.joined())
        let up = try Kappa.start(
            ["up", "--data", "\(folder)/up", "--listen", ":0"], directory: folder)
        let scene = Scene(broker: broker, up: up, places: places)
        func kappa(_ line: String, stdin: String = "") async throws {
            let result = try await Kappa.run(
                scene.words(line), stdin: stdin, environment: ["KAPPA_BROKERS": broker.address], directory: folder,
                timeout: .seconds(120))
            guard result.status == 0 else { throw ChildProcess.Trouble("\(line): \(result.errors)") }
        }
        // One reading every ten seconds and borehole, but for a gap; one that cannot be read.
        let lines = (0..<40).filter { !(12..<20).contains($0) }.flatMap { step in
            boreholes.map { borehole in
                "{\"borehole_number\":\"\(borehole)\",\"instrument\":\"settlement_marker\",\"surface_level\":107.39,"
                    + "\"northing\":5813349.25,\"easting\":316724.5,\"reading\":\(-Double(step) / 7),"
                    + "\"units\":\"settlement (mm)\",\"timestamp\":\"2024-01-01T00:0\(step / 6):\(step % 6)1Z\"}\n"
            }
        }
        for name in ["a", "b"] {
            try await kappa(
                "produce {\(name)} --create --partitions 3 --key-field borehole_number -q",
                stdin: lines.joined()
                    + "{\"borehole_number\":null}\n{\"borehole_number\":\"x\"}\n".replacing("null", with: "7"))
        }
        try await kappa("process {job-words} -q")
        try await kappa("sink sqlite {job}.out --store {store} --drain -q")
        try await kappa("replay start --job {job} {job-words} --window 1m -q")
        // Two readings above a level of the register that 'alarms init' writes.
        let register = try await Kappa.run("alarms", "init")
        try broker.folder.write("site.csv", register.output)
        try broker.folder.write("wrong.csv", register.output + "neither,a,line\n")
        let high = (10...11).map {
            "{\"borehole_number\":\"BH-9483\",\"instrument\":\"piezometer\",\"surface_level\":1,\"northing\":1,"
                + "\"easting\":1,\"reading\":199,\"timestamp\":\"2024-01-01T00:\($0):00Z\"}\n"
        }
        try await kappa("produce monitoring --create --key-field borehole_number -q", stdin: high.joined())
        try await kappa("alarms run --register {register} --drain -q")
        for group in groups { try await kappa("consume {a} -e -q --group \(group)") }
        try await up.waitForOutput("processing monitoring", timeout: .seconds(120))
        return scene
    }

    /// The lines as a person sees them.
    private static func plain(_ text: String) -> [String] {
        text.replacing("\r\n", with: "\n").replacing(#/\u{1B}\[[0-9;?]*[A-Za-z]/#, with: "")
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test(arguments: [60, 80, 120]) func everyTableFits(_ width: Int) async throws {
        let scene = try await Self.scene.value
        let folder = scene.broker.folder.path
        let names = Self.topics + Self.boreholes + Self.groups + [Self.job, Self.job + ".out", Self.job + ".out.g2"]
        for command in Self.commands {
            let child = try Kappa.start(
                scene.words(command, width: width) + ["-q"],
                environment: ["KAPPA_BROKERS": scene.broker.address, "COLUMNS": "\(width)"], directory: folder,
                terminal: TerminalSize(columns: width, rows: 50))
            let result = try await child.finish(timeout: .seconds(120))
            let lines = Self.plain(result.output)
            // A path, a sentence or one name may be longer than the terminal; a table may not. Where a row has no room
            // each line of it is a title and its value.
            let wide = lines.filter { line in
                line.count > width && !line.contains("/") && !line.hasPrefix("kappa:")
                    && line.firstMatch(of: #/^[A-Za-z ]+? {2,}\S+( \S+)*$/#) == nil
            }
            #expect(wide.isEmpty, "\(command) at \(width):\n\(lines.joined(separator: "\n"))")
            for word in lines.joined(separator: " ").split(separator: " ") where word.contains("…") {
                // A sentence loses its end; a name, its middle.
                let parts = word.split(separator: "…", omittingEmptySubsequences: false)
                guard parts[parts.count - 1].contains(where: \.isLetter) else { continue }
                let meant = names.filter { $0.hasPrefix(parts[0]) && $0.hasSuffix(parts[parts.count - 1]) }
                #expect(meant.count <= 1, "\(command) at \(width): '\(word)' may be any of \(meant)")
            }
            #expect(
                !lines.allSatisfy(\.isEmpty) || Self.mayBeEmpty.contains { command.hasPrefix($0) },
                "\(command) at \(width) printed nothing")
        }
    }

    /// A table that is new is missing in the list above until somebody adds it.
    @Test func noTableIsForgotten() async throws {
        let scene = try await Self.scene.value
        var shown = Self.lines
        for command in Self.commands {
            let result = try await Kappa.run(
                scene.words(command) + ["--json"], environment: ["KAPPA_BROKERS": scene.broker.address],
                directory: scene.broker.folder.path, timeout: .seconds(120))
            for found in result.output.matches(of: #/"kind":"([a-z_]+)"/#) { shown.insert(String(found.output.1)) }
        }
        let root = Kappa.packageRoot + "/Sources/KappaCommands"
        let text = try Subprogram.output(
            of: "/usr/bin/grep", ["-rhozE", #"output\.(rows|record)\(\s*"[a-z_]+""#, root, "--include=*.swift"])
        let declared = Set(text.matches(of: #/"([a-z_]+)"/#).map { String($0.output.1) })
        #expect(declared.count > 25)
        #expect(declared.subtracting(shown).isEmpty, "no command of the list prints \(declared.subtracting(shown))")
    }
}
