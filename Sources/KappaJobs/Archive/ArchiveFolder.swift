import Glibc
import KappaCore

/// The folder of an archive: files that are there whole or not at all.
package struct ArchiveFolder {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Nil where there is no archive yet.
    package func index() throws -> ArchiveIndex? {
        let name = "\(path)/\(ArchiveIndex.fileName)"
        guard access(name, F_OK) == 0 else { return nil }
        return try ArchiveIndex(json: try read(ArchiveIndex.fileName), path: name)
    }

    package func existingIndex() throws -> ArchiveIndex {
        guard let index = try index() else {
            throw JobFailure(
                "\(path) holds no archive: it has no \(ArchiveIndex.fileName)",
                hint: "'kappa archive TOPIC DIR' makes one")
        }
        return index
    }

    /// The index is what makes a chunk part of the archive, so it is written after the chunk, and last.
    package func write(_ index: ArchiveIndex) throws {
        try write(index.checksums, to: "SHA256SUMS")
        try write(index.json, to: ArchiveIndex.fileName)
    }

    package func write(_ bytes: [UInt8], to name: String) throws {
        try makeFolders(for: name)
        let final = "\(path)/\(name)"
        let partial = final + ".partial"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("cannot write", partial) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot write", partial) }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw failure("cannot sync", partial) }
        guard rename(partial, final) == 0 else { throw failure("cannot name", final) }
        try syncFolder(of: final)
    }

    package func read(_ name: String) throws -> [UInt8] {
        let file = "\(path)/\(name)"
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot read", file) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(max(0, lseek(descriptor, 0, SEEK_END))))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + done, $0.count - done, off_t(done))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("cannot read", file) }
            done += count
        }
        return bytes
    }

    private func makeFolders(for name: String) throws {
        var folder = path
        for part in [""] + name.split(separator: "/").dropLast().map(String.init) {
            if !part.isEmpty { folder += "/\(part)" }
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw failure("cannot make", folder) }
        }
    }

    private func syncFolder(of file: String) throws {
        let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("cannot sync", folder) }
    }

    private func failure(_ what: String, _ file: String) -> JobFailure {
        JobFailure("\(what) \(file): \(String(cString: strerror(errno)))")
    }
}
