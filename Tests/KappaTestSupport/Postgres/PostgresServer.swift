import Glibc

/// A PostgreSQL of the tests' own: Debian's, in a temporary folder, stopped and removed when the process ends.
///
/// The Unix socket trusts everybody; over TCP a password is asked for.
package final class PostgresServer: Sendable {
    package static let password = "swordfish-9f3"

    /// One for all tests of a process: each test makes a database of its own.
    package static let shared = Result { try PostgresServer() }

    package let folder: String
    package let port: Int
    private let programs: String

    package init() throws {
        programs = try PostgresServer.findPrograms()
        var template = Array("/tmp/kappa-pg-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw PostgresServerError("no temporary folder") }
        folder = String(cString: made)
        port = try FreePort.find()
        if getuid() == 0 {
            guard let user = getpwnam("postgres") ?? getpwnam("nobody") else {
                throw PostgresServerError("PostgreSQL does not run as root, and there is no user postgres or nobody")
            }
            chown(folder, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        try initialize()
        try start()
        _ = try psql("postgres", "ALTER USER postgres PASSWORD '\(PostgresServer.password)'")
        PostgresServer.stopAtExit(folder: folder, programs: programs)
    }

    /// A connection string for the Unix socket.
    package func conninfo(_ database: String) -> String {
        "host=\(folder) port=\(port) user=postgres dbname=\(database)"
    }

    /// A URL over TCP, password and all.
    package func url(_ database: String, port: Int? = nil) -> String {
        "postgres://postgres:\(PostgresServer.password)@127.0.0.1:\(port ?? self.port)/\(database)"
    }

    package func makeDatabase(_ name: String) throws {
        _ = try psql("postgres", "CREATE DATABASE \(name) TEMPLATE template0")
    }

    /// What psql prints for the statements, unaligned, without headers: the oracle that shares no code with the store.
    package func psql(_ database: String, _ sql: String) throws -> String {
        try Subprogram.output(
            of: "\(programs)/psql",
            ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", conninfo(database), "-c", sql])
    }

    package func start() throws {
        let options = "-p \(port) -k \(folder) -c listen_addresses=127.0.0.1 -c max_connections=60"
        _ = try run("pg_ctl", ["-D", data, "-w", "-t", "60", "-l", "\(folder)/log", "-o", options, "start"])
    }

    /// `fast`, or `immediate`: as if the power had gone.
    package func stop(mode: String) throws {
        _ = try run("pg_ctl", ["-D", data, "-w", "-m", mode, "stop"])
    }

    private var data: String { "\(folder)/data" }

    private func initialize() throws {
        _ = try run(
            "initdb", ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        let rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        guard let file = fopen("\(data)/pg_hba.conf", "w") else { throw PostgresServerError("no pg_hba.conf") }
        fputs(rules, file)
        fclose(file)
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        try Subprogram.output(of: "\(programs)/\(program)", arguments, asUserOf: folder)
    }

    private static func findPrograms() throws -> String {
        for version in (12...30).reversed() where access("/usr/lib/postgresql/\(version)/bin/initdb", X_OK) == 0 {
            return "/usr/lib/postgresql/\(version)/bin"
        }
        throw PostgresServerError("PostgreSQL is not installed (apt install postgresql)")
    }

    nonisolated(unsafe) private static var atExit: [(folder: String, programs: String)] = []

    /// Runs when the test process ends in the usual way.
    private static func stopAtExit(folder: String, programs: String) {
        if atExit.isEmpty {
            atexit {
                for (folder, programs) in PostgresServer.atExit {
                    _ = try? Subprogram.output(
                        of: "\(programs)/pg_ctl", ["-D", "\(folder)/data", "-m", "immediate", "stop"], asUserOf: folder)
                    _ = try? Subprogram.output(of: "/bin/rm", ["-rf", folder])
                }
            }
        }
        atExit.append((folder, programs))
    }
}

package struct PostgresServerError: Error, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}
