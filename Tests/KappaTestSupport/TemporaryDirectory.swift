import Glibc

/// A folder that goes, with all that is in it, when the last reference does.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/kappa-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ChildProcess.Trouble("no temporary folder: errno \(errno)") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { TemporaryDirectory.remove(path) }

    /// Writes a file in the folder and returns its path.
    @discardableResult
    package func write(_ name: String, _ text: String) throws -> String {
        let file = "\(path)/\(name)"
        guard let handle = fopen(file, "w") else { throw ChildProcess.Trouble("cannot write \(file)") }
        defer { fclose(handle) }
        fputs(text, handle)
        return file
    }

    /// Writes a file that only its owner can read, as secrets are kept.
    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = "\(path)/\(name)"
        guard let handle = fopen(file, "w") else { throw ChildProcess.Trouble("cannot write \(file)") }
        defer { fclose(handle) }
        chmod(file, 0o600)
        guard fwrite(bytes, 1, bytes.count, handle) == bytes.count else {
            throw ChildProcess.Trouble("cannot write \(file)")
        }
        return file
    }

    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, let stream = opendir(path) else {
            unlink(path)
            return
        }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
        closedir(stream)
        rmdir(path)
    }
}
