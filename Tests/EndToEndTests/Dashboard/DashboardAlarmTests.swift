import Glibc
import KappaTestSupport
import Testing

/// Alarms and generations on the page, over the real jobs and in the real browser. What must be shown is reckoned by
/// hand.
@Suite(.serialized) struct DashboardAlarmTests {
    static let hostile = "<img src=x onerror=window.ran=1>"
    static let register = """
        borehole_number,instrument,valid_from,unit,alert_above,alarm_above,response
        *,piezometer,,kPa,100,200,Check the <b>pumps</b>
        BH-1,piezometer,2024-05-01T12:00:02Z,,110,200,

        """

    /// A page over the scene's broker, and over a store that the sink has filled.
    static func serve(_ scene: AlarmScene, _ more: String...) throws -> ChildProcess {
        try ChildProcess(
            [
                Kappa.path, "serve", "--listen", "127.0.0.1:0", "--store", "sqlite:view.db", "--levels", "site.csv",
                "--zone", "UTC", "--json",
            ] + more, environment: ["KAPPA_BROKERS": scene.broker.address], directory: scene.broker.folder.path)
    }

    static func address(_ page: ChildProcess) async throws -> String {
        try await page.waitForOutput("/\"", timeout: .seconds(60))
        return "http://127.0.0.1:" + (try DashboardTests.Scene.word(after: "127.0.0.1:", page.output))
    }

    static func python(_ scene: AlarmScene, _ words: [String]) async throws -> ChildProcess.Result {
        let child = try ChildProcess(
            ["/usr/bin/env", "python3"] + words,
            environment: [
                "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "KAPPA": Kappa.path,
                "KAPPA_BROKERS": scene.broker.address,
            ], directory: scene.broker.folder.path)
        return try await child.finish(timeout: .seconds(150))
    }

    static func program(_ name: String) -> String { Kappa.packageRoot + "/Tests/EndToEndTests/Dashboard/\(name)" }

    static func reading(_ borehole: String, _ time: String, _ value: String) -> String {
        """
        {"borehole_number":"\(borehole)","instrument":"piezometer","reading":\(value),"unit":"kPa","surface_level":1,\
        "northing":5812000,"easting":318000,"timestamp":"2024-05-01T\(time)Z"}

        """
    }

    /// BH-1 goes over 100 (alert), then over 200 (alarm); the other one has 90 only. Their windows are in the store.
    static func scene() async throws -> AlarmScene {
        let scene = try await AlarmScene(register: register)
        try await scene.produce(
            reading("BH-1", "12:00:00", "105.5"), reading(hostile, "12:00:00", "150.25"),
            reading("BH-2", "12:00:01", "90"), reading("BH-1", "12:00:05", "210"))
        _ = try await scene.alarms("alarms")
        try await scene.run(["process", "--drain", "--window", "1s"] + AlarmScene.far)
        try await scene.run("sink", "sqlite", "--store", "sqlite:view.db", "--drain")
        return scene
    }

    @Test(.enabled(if: DashboardTests.hasChromium, "Chromium is not installed: run `make deps`"))
    func alarmsAreOnThePageAsTheyStandAndGoWhenTheyAreOver() async throws {
        let scene = try await Self.scene()
        let page = try Self.serve(scene)
        defer { page.signal(SIGTERM) }
        let shots = Kappa.packageRoot + "/.build/screenshots"
        mkdir(shots, 0o755)
        let result = try await Self.python(
            scene, [Self.program("alarms_page.py"), try await Self.address(page), shots, Self.hostile])
        #expect(result.output.hasSuffix("good\n"), "\(result.output)\(result.errors)")
    }

    /// The second generation converts with the factor 2, so each of its values is twice the first one's: 105.5, 150.25
    /// and 90 become 211, 300.5 and 180, and what lay beyond no level lies beyond one.
    @Test(.enabled(if: DashboardTests.hasChromium, "Chromium is not installed: run `make deps`"))
    func whatAGenerationWouldChangeIsSeenBeforeTheSwitch() async throws {
        let scene = try await Self.scene()
        try scene.broker.folder.write(
            "twice.csv", "borehole_number,instrument,unit,factor\n*,piezometer,kPa,2\n")
        try await scene.run(
            ["replay", "start", "--drain", "--window", "1s", "--register", "twice.csv", "--store", "sqlite:view.db"]
                + AlarmScene.far)
        let page = try Self.serve(scene)
        defer { page.signal(SIGTERM) }
        let shots = Kappa.packageRoot + "/.build/screenshots"
        mkdir(shots, 0o755)
        let result = try await Self.python(
            scene, [Self.program("generations_page.py"), try await Self.address(page), shots, Self.hostile])
        #expect(result.output.hasSuffix("good\n"), "\(result.output)\(result.errors)")
    }
}
