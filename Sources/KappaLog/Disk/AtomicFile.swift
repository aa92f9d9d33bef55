import KappaRecords

/// A small file that is either the old one or the new one, whenever the power goes.
enum AtomicFile {
    static let suffix = ".new"

    static func write(
        _ bytes: [UInt8], to name: String, in directory: String, storage: any Storage
    ) throws(LogError) {
        let path = "\(directory)/\(name)"
        let file = try storage.open(path + suffix, create: true)
        try file.truncate(to: 0)
        try bytes.withRawBytes { raw throws(LogError) in try file.write(raw, at: 0) }
        try file.sync()
        try storage.rename(path + suffix, to: path)
        try storage.syncDirectory(directory)
    }

    /// Nil where there is no such file.
    static func read(_ name: String, in directory: String, storage: any Storage) throws(LogError) -> [UInt8]? {
        guard try storage.list(directory).contains(name) else { return nil }
        let file = try storage.open("\(directory)/\(name)", create: false)
        var bytes = [UInt8](repeating: 0, count: try file.size())
        let count = try bytes.withMutableRawBytes { raw throws(LogError) in try file.read(into: raw, at: 0) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
