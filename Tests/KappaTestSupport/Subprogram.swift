package import Glibc

/// Other programs, for tests: run to their end, with what they printed.
package enum Subprogram {
    package struct Failure: Error, CustomStringConvertible {
        package let program: String
        package let status: Int32
        package let output: String
        package var description: String { "\(program) ended with \(status): \(output)" }
    }

    /// Standard output and error together; throws where the status is not 0.
    ///
    /// As root, `asUserOf` runs the program as the owner of that folder.
    package static func output(
        of program: String, _ arguments: [String], asUserOf folder: String? = nil
    ) throws -> String {
        var words = [program] + arguments
        if let folder, getuid() == 0 {
            var owner = stat()
            stat(folder, &owner)
            words =
                ["/usr/bin/setpriv", "--reuid=\(owner.st_uid)", "--regid=\(owner.st_gid)", "--clear-groups"] + words
        }
        let file = "/tmp/kappa-run-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(file) }
        let status = try wait(for: try spawn(words, outputFile: file))
        let text = read(file)
        guard status == 0 else { throw Failure(program: program, status: status, output: text) }
        return text
    }

    /// Starts a program whose output goes to a file (not a pipe, which a daemon of its would hold open).
    package static func spawn(_ words: [String], outputFile: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputFile, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        let arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, nil, arguments, environ)
        guard code == 0 else { throw Failure(program: words[0], status: code, output: String(cString: strerror(code))) }
        return pid
    }

    /// The exit status, or the negative number of the signal that ended it.
    package static func wait(for pid: pid_t) throws -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 {
            guard errno == EINTR else { throw Failure(program: "waitpid", status: errno, output: "") }
        }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : -(status & 0x7f)
    }

    package static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
