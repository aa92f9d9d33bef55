import Glibc
import Synchronization

/// A MariaDB of the tests' own: Debian's, in a temporary folder, stopped and removed when the process ends.
package final class MariaDBServer: Sendable {
    package static let password = "swordfish-9f3"

    /// One for all tests of a process: each test makes a database of its own.
    package static let shared = Result { try MariaDBServer() }

    package let folder: String
    package let port: Int
    private let process = Atomic<Int>(0)

    private let more: [String]

    /// - Parameter more: settings of the server beside the usual ones; `{folder}` stands for its folder.
    package init(_ more: [String] = [], preparing: (_ folder: String) throws -> Void = { _ in }) throws {
        self.more = more
        guard access(MariaDBServer.program, X_OK) == 0 else {
            throw MariaDBServerError("MariaDB is not installed (apt install mariadb-server)")
        }
        var template = Array("/tmp/kappa-maria-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw MariaDBServerError("no temporary folder") }
        folder = String(cString: made)
        port = try FreePort.find()
        if getuid() == 0 {
            guard let user = getpwnam("nobody") else { throw MariaDBServerError("there is no user nobody") }
            chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        _ = try Subprogram.output(
            of: "/usr/bin/mariadb-install-db",
            [
                "--no-defaults", "--datadir=\(folder)/data", "--auth-root-authentication-method=normal",
                "--skip-test-db", "--skip-name-resolve",
            ], asUserOf: folder)
        try preparing(folder)
        try start()
        _ = try query(
            "mysql",
            "CREATE USER kappa@'127.0.0.1' IDENTIFIED BY '\(MariaDBServer.password)'; "
                + "GRANT ALL ON *.* TO kappa@'127.0.0.1'")
        MariaDBServer.stopAtExit(self)
    }

    private static let program = "/usr/sbin/mariadbd"
    private var socket: String { "\(folder)/socket" }

    /// An address over the Unix socket, which lets root in.
    package func address(_ database: String) -> String { "mariadb://root@localhost/\(database)?socket=\(socket)" }

    /// An address over TCP, password and all.
    package func url(_ database: String, port: Int? = nil) -> String {
        "mysql://kappa:\(MariaDBServer.password)@127.0.0.1:\(port ?? self.port)/\(database)?tls=off"
    }

    package func makeDatabase(_ name: String) throws { _ = try query("mysql", "CREATE DATABASE \(name)") }

    /// What Debian's own client prints, with tabs between the fields and without a head: the oracle that shares no code
    /// with the store.
    package func query(_ database: String, _ sql: String) throws -> String {
        try Subprogram.output(
            of: "/usr/bin/mariadb",
            [
                "--no-defaults", "-S", socket, "-u", "root", "-N", "-B", "--default-character-set=utf8mb4", database,
                "-e", sql,
            ])
    }

    package func start() throws {
        let settings =
            [
                "--no-defaults", "--datadir=\(folder)/data", "--socket=\(socket)", "--pid-file=\(folder)/pid",
                "--bind-address=127.0.0.1", "--port=\(port)", "--skip-name-resolve", "--log-error=\(folder)/log",
                "--innodb-buffer-pool-size=256M",
            ] + more.map { $0.replacing("{folder}", with: folder) }
        var owner = stat()
        stat(folder, &owner)
        let user = ["/usr/bin/setpriv", "--reuid=\(owner.st_uid)", "--regid=\(owner.st_gid)", "--clear-groups"]
        let words = (getuid() == 0 ? user : []) + [MariaDBServer.program] + settings
        process.store(
            Int(try Subprogram.spawn(words, outputFile: "\(folder).out")), ordering: .sequentiallyConsistent)
        let deadline = ContinuousClock.now + .seconds(60)
        while (try? query("mysql", "SELECT 1")) != "1\n" {
            guard ContinuousClock.now < deadline else {
                throw MariaDBServerError("MariaDB does not answer: \(Subprogram.read("\(folder)/log").suffix(500))")
            }
            usleep(50_000)
        }
    }

    /// As if the power had gone.
    package func kill() throws {
        let number = pid_t(process.exchange(0, ordering: .sequentiallyConsistent))
        guard number > 0 else { return }
        Glibc.kill(number, SIGKILL)
        _ = try Subprogram.wait(for: number)
    }

    nonisolated(unsafe) private static var running: [MariaDBServer] = []

    /// Runs when the test process ends in the usual way.
    private static func stopAtExit(_ server: MariaDBServer) {
        if running.isEmpty {
            atexit {
                for server in MariaDBServer.running {
                    try? server.kill()
                    _ = try? Subprogram.output(of: "/bin/rm", ["-rf", server.folder, "\(server.folder).out"])
                }
            }
        }
        running.append(server)
    }
}

package struct MariaDBServerError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
