package import Glibc
import KappaCore

/// The processes that hold a pipeline's lock: its supervisor and its stages, or what a killed supervisor left.
package enum LockHolders {
    package static func of(_ path: String) -> [pid_t] {
        var wanted = stat()
        guard stat(path, &wanted) == 0 else { return [] }
        return names(in: "/proc").compactMap { pid_t($0) }.filter { holds($0, wanted) }
    }

    /// Ends them: a stage that was stopped, or hangs, does not end by itself.
    package static func end(_ path: String) {
        for pid in of(path) where pid != getpid() { kill(pid, SIGKILL) }
    }

    private static func holds(_ pid: pid_t, _ wanted: stat) -> Bool {
        let folder = "/proc/\(pid)/fd"
        return names(in: folder).contains { name in
            var found = stat()
            guard stat("\(folder)/\(name)", &found) == 0,
                found.st_dev == wanted.st_dev, found.st_ino == wanted.st_ino
            else { return false }
            // Who only looks at the lock, or waits for it, has the file open too.
            guard let text = try? TextFile.read("/proc/\(pid)/fdinfo/\(name)") else { return false }
            return text.contains("FLOCK")
        }
    }

    /// Nothing where the folder is another user's, or has just gone.
    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { field in
                    field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names
    }
}
