import Glibc
package import KappaCore

/// Prints a page with the Chromium that is installed: it knows paper better than we would.
package enum PDFPrinter {
    package struct PrintingFailure: Failure {
        package let kind = FailureKind.failed
        package let message: String
        package var hint: String?
    }

    private static let names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]

    package static func print(_ page: String, to file: String) throws {
        guard let program = program else {
            throw PrintingFailure(
                message: "a PDF needs Chromium, which is not installed",
                hint: "apt-get install chromium-headless-shell; or print \(page) from any browser.")
        }
        var words = [program, "--headless", "--disable-gpu", "--no-pdf-header-footer", "--print-to-pdf=\(file)"]
        // Chromium refuses to guard a process of root's; the page is our own and has no script.
        if getuid() == 0 { words.append("--no-sandbox") }
        guard let place = realpath(page, nil) else { throw PrintingFailure(message: "cannot read \(page)") }
        defer { free(place) }
        words.append(
            "file://"
                + String(cString: place).split(separator: " ", omittingEmptySubsequences: false).joined(
                    separator: "%20"))
        unlink(file)
        let status = try run(words)
        guard status == 0, access(file, R_OK) == 0 else {
            throw PrintingFailure(message: "\(program) did not make \(file) (status \(status))")
        }
    }

    private static var program: String? {
        let folders = getenv("PATH").map { String(cString: $0) }?.split(separator: ":") ?? []
        return names.lazy.flatMap { name in folders.lazy.map { "\($0)/\(name)" } }.first { access($0, X_OK) == 0 }
    }

    private static func run(_ words: [String]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // It tells of its own troubles at length; ours is whether there is a file.
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        let error = posix_spawn(&child, words[0], &actions, nil, &arguments, environ)
        guard error == 0 else {
            throw PrintingFailure(message: "cannot start \(words[0]): \(String(cString: strerror(error)))")
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}
