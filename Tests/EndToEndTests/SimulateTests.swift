import Glibc
import KappaCore
import KappaTestSupport
import Testing

/// Python's json module is the witness here: it shares no code with kappa.
@Suite struct SimulateTests {
    static func python(_ program: String, stdin: String) async throws -> String {
        let folder = try TemporaryDirectory()
        let child = try ChildProcess(
            ["/usr/bin/env", "python3", "-c", program], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
            directory: folder.path)
        let result = try await child.finish(stdin: stdin)
        #expect(result.status == 0, "\(result.errors)")
        return result.output
    }

    static let check = """
        import json, sys, re, datetime
        names = ["borehole_number", "instrument", "surface_level", "northing", "easting", "reading", "units",
                 "timestamp"]
        ranges = dict(water_standpipe=(-10, 2), piezometer=(20, 200), settlement_marker=(-30, 30),
                      extensometer=(-30, 30), strain_gauge=(-30, 30))
        units = dict(water_standpipe="m", piezometer="kPa", settlement_marker="mm", extensometer="mm",
                     strain_gauge="mm")
        good = bad = broken = 0
        for line in sys.stdin:
            try: r = json.loads(line)
            except ValueError:
                broken += 1
                continue
            if list(r) != names or any(v in (None, "", 42, "high") for v in r.values()):
                bad += 1
                continue
            good += 1
            number = int(re.fullmatch(r"BH-(\\d+)", r["borehole_number"])[1])
            assert 1 <= number <= 9999 and 75 <= r["surface_level"] <= 120
            assert 5810000 <= r["northing"] <= 5816000 and 316045 <= r["easting"] <= 325000
            assert r["units"] == units[r["instrument"]]
            low, high = ranges[r["instrument"]]
            assert low <= r["reading"] <= high
            datetime.datetime.strptime(r["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ")
        print(good, bad, broken)
        """

    @Test func readingsAreWhatPythonExpects() async throws {
        let lines = try await Kappa.run("simulate", "--seed", "3", "--count", "7000").output
        #expect(try await Self.python(Self.check, stdin: lines) == "7000 0 0\n")
    }

    @Test func everyBadReadingIsBadAndOneInFiveIsBroken() async throws {
        let lines = try await Kappa.run("simulate", "--seed", "3", "--count", "700", "--bad", "100%").output
        #expect(try await Self.python(Self.check, stdin: lines) == "0 560 140\n")
    }

    @Test func snapshotsUsersAndLinesAreReadable() async throws {
        let snapshots = try await Kappa.run("simulate", "--format", "snapshot", "--count", "5", "--seed", "3").output
        let counts = try await Self.python(
            """
            import json, sys
            for line in sys.stdin:
                s = json.loads(line)
                assert s["timezone"] == "UTC" and len({i["instrument"] for i in s["items"]}) == 1
                assert s["instruments"] == len(s["items"]) > 40
                print(s["items"][0]["instrument"], s["units"])
            """, stdin: snapshots)
        #expect(counts.hasPrefix("water_standpipe water level (m)\npiezometer pore pressure (kPa)\n"))
        let users = try await Kappa.run("simulate", "users", "--count", "50", "--seed", "3").output
        let names = try await Self.python(
            """
            import json, sys, uuid
            people = [json.loads(line) for line in sys.stdin]
            assert all(uuid.UUID(p["login"]["uuid"]).version == 4 for p in people)
            print(len([p["name"]["first"] + p["location"]["street"]["name"] + p["dob"]["date"] for p in people]))
            """, stdin: users)
        #expect(names == "50\n")
        #expect(try await Kappa.run("simulate", "lines", "--count", "7", "--seed", "3").lines.count == 7)
    }

    @Test func theSameSeedGivesTheSameBytes() async throws {
        let words = ["simulate", "--seed", "11", "--count", "500", "--late", "5%", "--bad", "5%", "--duplicates", "5%"]
        #expect(try await Kappa.run(words).output == Kappa.run(words).output)
    }

    @Test func aLiveStreamKeepsItsPaceAndStopsWhenAsked() async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(["simulate", "--rate", "50/s"], directory: folder.path)
        try await child.waitForOutput("\n")
        child.signal(SIGTERM)
        let result = try await child.finish()
        #expect(result.status == 143)
        #expect(result.output.hasSuffix("}\n"), "the last line is whole")
    }

    @Test func theServerAnswersItsPaths() async throws {
        let folder = try TemporaryDirectory()
        let child = try Kappa.start(["simulate", "serve", "--listen", ":0", "--seed", "3"], directory: folder.path)
        try await child.waitForOutput("/params/all")
        let address = try #require(child.errors.split(separator: " ").last).dropLast("/params/all\n".count)
        let kinds = try await Self.python(
            """
            import json, sys, urllib.request
            def get(path): return json.load(urllib.request.urlopen("\(address)" + path))
            assert get("/ping") == {"ping": "pong"}
            paths = ["water_standpipe", "pore_pressure", "settlement/x", "settlement/y", "settlement/z"]
            kinds = [get("/params/" + path)["items"][0]["instrument"] for path in paths]
            everything = get("/params/all")
            assert {i["instrument"] for i in everything["items"]} == set(kinds) and everything["items"][0]["units"]
            print(*kinds)
            """, stdin: "")
        #expect(kinds == "water_standpipe piezometer extensometer strain_gauge settlement_marker\n")
        child.signal(SIGINT)
        #expect(try await child.finish().status == 130)
    }

    @Test func whatMakesNoSenseIsRefused() async throws {
        for words in [
            ["simulate", "lines", "--late", "1%"], ["simulate", "serve", "--count", "3"],
            ["simulate", "--late", "60%", "--bad", "60%"], ["simulate", "--boreholes", "5000"],
        ] {
            let result = try await Kappa.run(words)
            #expect(result.status == 2 && result.output.isEmpty, "\(words)")
        }
    }
}
