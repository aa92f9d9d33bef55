import Glibc
import KappaTestSupport
import Testing

/// The page when something is amiss: it says what is so.
@Suite(.serialized, .enabled(if: DashboardTests.hasChromium, "Chromium is not installed: run `make deps`"))
struct DashboardStateTests {
    @Test(arguments: ["all-away", "brokers-away", "empty", "one-reading", "many", "skew"])
    func everyPageSaysWhatIsSo(state: String) async throws {
        let folder = try TemporaryDirectory()
        let shots = Kappa.packageRoot + "/.build/screenshots"
        mkdir(shots, 0o755)
        let child = try ChildProcess(
            ["/usr/bin/env", "python3", DashboardAlarmTests.program("states.py"), state, shots],
            environment: [
                "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "KAPPA": Kappa.path,
            ], directory: folder.path)
        let result = try await child.finish(timeout: .seconds(240))
        #expect(result.output == "good\n", "\(result.output)\(result.errors)")
    }

    /// Another generation is shown while somebody looks: the values change before his eyes, without a reload.
    @Test func aSwitchIsSeenByWhoeverIsLooking() async throws {
        let scene = try await DashboardAlarmTests.scene()
        try scene.broker.folder.write(
            "twice.csv", "borehole_number,instrument,unit,factor\n*,piezometer,kPa,2\n")
        try await scene.run(
            ["replay", "start", "--drain", "--window", "1s", "--register", "twice.csv", "--store", "sqlite:view.db"]
                + AlarmScene.far)
        let page = try DashboardAlarmTests.serve(scene)
        defer { page.signal(SIGTERM) }
        let result = try await DashboardAlarmTests.python(
            scene, [DashboardAlarmTests.program("switched.py"), try await DashboardAlarmTests.address(page)])
        #expect(result.output == "good\n", "\(result.output)\(result.errors)")
    }
}
