import KappaTestSupport
import Testing

/// The whole pipeline raises alarms by itself, and they can be asked for in the log, in the store and on the screen.
@Suite(.serialized) struct UpAlarmsTests {
    @Test func aFreshPipelineRaisesAlarmsAndStoresThem() async throws {
        let folder = try TemporaryDirectory()
        let words = [
            "up", "--data", "\(folder.path)/k", "--listen", "127.0.0.1:0", "--seed", "5", "--rate", "2000/s",
            "--scenario", "drawdown", "--page", "127.0.0.1:0", "--for", "20s",
        ]
        let up = try await Kappa.run(words, directory: folder.path, timeout: .seconds(240))
        #expect(up.status == 0, "\(up.output)\(up.errors)")
        let store = ["--store", "sqlite:\(folder.path)/k/kappa.db"]
        let standing = try await Kappa.run(["query", "--table", "alarms", "--csv"] + store, directory: folder.path)
        #expect(standing.status == 0, "\(standing.errors)")
        #expect(standing.lines.first?.contains("severity") == true, "\(standing.output.prefix(500))")
        let history = try await Kappa.run(
            ["query", "--table", "alarm_history", "--csv", "--where", "event = raised"] + store, directory: folder.path)
        #expect(history.lines.count > 1, "\(history.output)\(history.errors)")
        // What is shown against the register's levels has their colours.
        let latest = try await Kappa.run(
            ["query", "--latest", "--levels", "k/register.csv", "--color", "always", "-i", "piezometer"] + store,
            directory: folder.path)
        #expect(latest.output.contains("\u{1B}["), "\(latest.output.prefix(300))")
        // No register, no alarms.
        let without = try await Kappa.run(
            ["up", "--data", "\(folder.path)/n", "--listen", "127.0.0.1:0", "--count", "1000", "--no-watch"],
            directory: folder.path, timeout: .seconds(120))
        #expect(without.status == 0, "\(without.errors)")
    }
}
