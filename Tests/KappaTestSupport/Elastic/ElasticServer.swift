package import Glibc

/// A server that speaks as OpenSearch does, of the tests' own: the emulator `osmem-server`, which answers as the real
/// ones do where versions, deletes, aliases, mappings and searches are concerned. It keeps all in memory and is ended
/// with the test process; each test starts one.
package final class ElasticServer {
    package let url: String
    private let process: pid_t
    private let file: String

    /// Where `make deps` puts it, or beside the Python that the tests are told of.
    private static let program: String? = {
        let named = getenv("KAPPA_TEST_PYTHON").map { String(cString: $0) }
        // …/bin/python lies beside …/lib.
        let path = named ?? "\(Kappa.packageRoot)/.build/venv/bin/python"
        let folders = path.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
        for folder in [folders.joined(separator: "/")] {
            var found = glob_t()
            defer { globfree(&found) }
            let pattern = "\(folder)/lib/python3*/site-packages/osmem_server/bin/osmem-server"
            if glob(pattern, 0, nil, &found) == 0, let path = found.gl_pathv[0] { return String(cString: path) }
        }
        return nil
    }()

    package init() throws {
        guard let program = ElasticServer.program else {
            throw ElasticServerError(
                "osmem-server is not there: run `make deps`, or name its Python in KAPPA_TEST_PYTHON")
        }
        file = "/tmp/kappa-osmem-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        process = try Subprogram.spawn(
            [program, "-addr", "127.0.0.1:0", "-no-stdin-watch", "-no-ja", "-parent-pid", "\(getpid())"],
            outputFile: file)
        url = try ElasticServer.announcement(of: process, in: file, "osmem-server")
    }

    /// Where a program listens, by its first line: `{"url":"http://127.0.0.1:36999",…`.
    package static func announcement(of process: pid_t, in file: String, _ name: String) throws -> String {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let words = Subprogram.read(file).split(separator: "\"", omittingEmptySubsequences: false)
            if let place = words.firstIndex(of: "url"), words.count > place + 3 { return String(words[place + 2]) }
            guard ContinuousClock.now < deadline else {
                kill(process, SIGKILL)
                throw ElasticServerError("\(name) does not start: \(Subprogram.read(file).suffix(500))")
            }
            usleep(20_000)
        }
    }

    /// The address of a store in it.
    package var address: String { "elasticsearch+\(url)" }

    deinit {
        kill(process, SIGKILL)
        _ = try? Subprogram.wait(for: process)
        unlink(file)
    }
}

package struct ElasticServerError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
