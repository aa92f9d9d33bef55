import Glibc

/// The real disk.
package struct PosixStorage: Storage {
    package init() {}

    package func open(_ path: String, create: Bool) throws(LogError) -> any StorageFile {
        var descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0o644)
        // A check of a folder that may only be read.
        if descriptor < 0, !create, errno == EACCES || errno == EROFS {
            descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw .system("open", path) }
        return PosixFile(descriptor: descriptor, path: path)
    }

    package func makeDirectory(_ path: String) throws(LogError) {
        guard mkdir(path, 0o755) != 0, errno != EEXIST else { return }
        throw .system("make the directory", path)
    }

    package func list(_ directory: String) throws(LogError) -> [String] {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return [] }
            throw .system("list", directory)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    package func rename(_ from: String, to: String) throws(LogError) {
        guard Glibc.rename(from, to) == 0 else { throw .system("rename", from) }
    }

    package func remove(_ path: String) throws(LogError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .system("remove", path) }
    }

    package func removeDirectory(_ path: String) throws(LogError) {
        guard rmdir(path) == 0 || errno == ENOENT else { throw .system("remove the directory", path) }
    }

    package func syncDirectory(_ path: String) throws(LogError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("sync the directory", path) }
    }
}

final class PosixFile: StorageFile {
    let descriptor: Int32
    let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    func size() throws(LogError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system("read the size of", path) }
        return Int(status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(LogError) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = pread(descriptor, start + done, buffer.count - done, off_t(position + done))
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("read", path)
            }
            done += count
        }
        return done
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(LogError) {
        guard let start = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, start + done, bytes.count - done, off_t(position + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw .system("write", path)
            }
            done += count
        }
    }

    func truncate(to size: Int) throws(LogError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system("cut", path) }
    }

    func sync() throws(LogError) {
        guard fdatasync(descriptor) == 0 else { throw .system("sync", path) }
    }
}

extension LogError {
    /// The last system call's refusal, with its reason in words.
    static func system(_ verb: String, _ path: String) -> LogError {
        let number = errno
        return LogError(.storage(errno: number), "cannot \(verb) \(path): \(String(cString: strerror(number)))")
    }
}
