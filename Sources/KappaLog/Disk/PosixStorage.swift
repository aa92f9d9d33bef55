import Glibc

/// The real disk.
package struct PosixStorage: Storage {
    package init() {}

    package func open(_ path: String, create: Bool) throws(LogError) -> any StorageFile {
        var flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0)
        var descriptor = descriptor(path, flags)
        // A check of a folder that may only be read.
        if descriptor < 0, !create, errno == EACCES || errno == EROFS {
            flags = O_RDONLY | O_CLOEXEC
            descriptor = self.descriptor(path, flags)
        }
        guard descriptor >= 0 else { throw .system("open", path) }
        return PosixFile(descriptor: descriptor, path: path, flags: flags)
    }

    /// Where the process has no descriptor left, a log's file gives up its own.
    private func descriptor(_ path: String, _ flags: Int32) -> Int32 {
        let descriptor = Glibc.open(path, flags, 0o600)
        guard descriptor < 0, errno == EMFILE || errno == ENFILE, OpenFiles.shared.closeOne() else { return descriptor }
        return Glibc.open(path, flags, 0o600)
    }

    package func makeDirectory(_ path: String) throws(LogError) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw .system("make the directory", path)
    }

    package func list(_ directory: String) throws(LogError) -> [String] {
        let descriptor = descriptor(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, let stream = fdopendir(descriptor) else {
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
        let descriptor = descriptor(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("sync the directory", path) }
    }
}

extension LogError {
    /// The last system call's refusal, with its reason in words.
    static func system(_ verb: String, _ path: String) -> LogError {
        let number = errno
        return LogError(.storage(errno: number), "cannot \(verb) \(path): \(String(cString: strerror(number)))")
    }
}
