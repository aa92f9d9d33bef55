import Glibc

// KappaTestSupport: what tests need of the world outside: the real binary, throw-away servers, folders that go.

/// The real binary, as a person or a script meets it.
///
/// It starts with an environment of its own (no `KAPPA_*`, an empty home) in an empty folder, unless told otherwise.
package enum Kappa {
    /// Beside the test bundle, or what `KAPPA_BINARY` names.
    package static let path: String = {
        if let named = getenv("KAPPA_BINARY") { return String(cString: named) }
        // swift test runs `…/debug/kappaPackageTests.xctest/…` or names it after --test-bundle-path.
        for argument in CommandLine.arguments {
            var parts = argument.split(separator: "/", omittingEmptySubsequences: false)
            guard let bundle = parts.firstIndex(where: { $0.hasSuffix(".xctest") }) else { continue }
            parts[bundle] = "kappa"
            let beside = parts[...bundle].joined(separator: "/")
            if access(beside, X_OK) == 0 { return beside }
        }
        return packageRoot + "/.build/debug/kappa"
    }()

    /// The folder of Package.swift.
    package static let packageRoot: String = {
        var parts = "\(#filePath)".split(separator: "/")
        parts.removeLast(3)
        return "/" + parts.joined(separator: "/")
    }()

    /// Runs it to its end.
    @discardableResult
    package static func run(
        _ arguments: String..., stdin: String = "", environment: [String: String] = [:], directory: String? = nil,
        timeout: Duration = .seconds(30)
    ) async throws -> ChildProcess.Result {
        try await run(
            arguments, stdin: stdin, environment: environment, directory: directory, timeout: timeout)
    }

    @discardableResult
    package static func run(
        _ arguments: [String], stdin: String = "", environment: [String: String] = [:], directory: String? = nil,
        timeout: Duration = .seconds(30)
    ) async throws -> ChildProcess.Result {
        let folder = directory == nil ? try TemporaryDirectory() : nil
        let child = try start(arguments, environment: environment, directory: directory ?? folder!.path)
        let result = try await child.finish(stdin: stdin, timeout: timeout)
        _ = folder
        return result
    }

    /// Runs it, and tells the seconds that it took by the shell's clock: the test itself may have had to wait its turn.
    package static func timed(_ arguments: [String]) async throws -> (result: ChildProcess.Result, seconds: Double) {
        let folder = try TemporaryDirectory()
        let script = "TIMEFORMAT=%R; time \"$@\" 2> errors; status=$?; cat errors >&2; exit $status"
        let child = try ChildProcess(
            ["bash", "--norc", "-c", script, "bash", path] + arguments,
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "LC_ALL": "C.UTF-8"], directory: folder.path)
        let result = try await child.finish()
        return (result, result.errorLines.compactMap { Double($0) }.first ?? .infinity)
    }

    /// Starts it and leaves it running: wait for its words with `waitForOutput`, end it with `signal` and `finish`.
    package static func start(
        _ arguments: [String], environment: [String: String] = [:], directory: String, terminal: TerminalSize? = nil,
        through prefix: [String] = []
    ) throws -> ChildProcess {
        var variables = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": directory,
            "LANG": "C.UTF-8", "TERM": "xterm",
        ]
        variables.merge(environment) { $1 }
        return try ChildProcess(
            prefix + [path] + arguments, environment: variables, directory: directory, terminal: terminal)
    }

    /// Where a program of the machine is, if it is there.
    package static func find(_ program: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/local/bin/", "/usr/sbin/"].map { $0 + program }.first { access($0, X_OK) == 0 }
    }
}
