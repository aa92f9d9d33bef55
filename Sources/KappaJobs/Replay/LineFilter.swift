import Glibc
import KappaCore

/// Sends lines through a shell command, as `jq -c` or a script of one's own, and takes one line back for each.
package enum LineFilter {
    /// Input goes through a file and output through another: the command may read and write as it likes, and
    /// nobody waits
    /// for anybody.
    package static func run(_ command: String, _ lines: [[UInt8]]) throws -> [[UInt8]] {
        let input = try anonymousFile()
        defer { close(input) }
        let output = try anonymousFile()
        defer { close(output) }
        try write(lines.flatMap { $0 + [UInt8(ascii: "\n")] }, to: input)
        lseek(input, 0, SEEK_SET)
        let status = try spawn(command, input, output)
        guard status == 0 else {
            throw JobFailure("--through: '\(command)' ended with status \(status); nothing was sent")
        }
        let answers = try read(output).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // The last line ends with a newline too, so something empty comes after it.
        let given = (answers.last?.isEmpty == true ? answers.dropLast() : answers[...]).map(Array.init)
        guard given.count == lines.count else {
            throw JobFailure(
                "--through: '\(command)' gave \(given.count) lines for \(lines.count); nothing was sent",
                hint: "it has to answer each line with one; an empty one leaves that letter where it is")
        }
        return given
    }

    /// A file without a name, which nobody else can open and which is gone with its descriptor.
    private static func anonymousFile() throws -> Int32 {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(folder)/kappa-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            throw JobFailure("no temporary file in \(folder): \(String(cString: strerror(errno)))")
        }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                throw JobFailure("a temporary file cannot be written: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    private static func read(_ descriptor: Int32) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        let size = bytes.count
        var done = 0
        while done < size {
            let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + done, size - done, done) }
            guard count > 0 else { throw JobFailure("a temporary file cannot be read") }
            done += count
        }
        return bytes
    }

    private static func spawn(_ command: String, _ input: Int32, _ output: Int32) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        let words: [UnsafeMutablePointer<CChar>?] =
            ["sh", "-c", command].map { (word: String) in strdup(word) } + [nil]
        defer { for word in words { free(word) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, "/bin/sh", &actions, nil, words, environ)
        guard code == 0 else { throw JobFailure("--through: sh: \(String(cString: strerror(code)))") }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}
