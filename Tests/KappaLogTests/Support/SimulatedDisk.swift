@testable import KappaLog

/// A disk in memory that keeps what was synced apart from what was only written, so that a power cut can be played
/// at any call: unsynced writes are dropped or torn, unsynced names come and go.
///
/// `@unchecked Sendable`: each test drives its disk from one thread.
final class SimulatedDisk: Storage, @unchecked Sendable {
    final class Node {
        var content: [UInt8] = []
        var durable: [UInt8] = []
        var unsynced: [Change] = []
    }

    enum Change {
        case write(position: Int, bytes: [UInt8])
        case truncate(size: Int)
    }

    enum NameChange {
        case link(path: String, Node)
        case unlink(path: String)
        case rename(from: String, to: String)
    }

    var names: [String: Node] = [:]
    private var durableNames: [String: Node] = [:]
    private var unsyncedNames: [NameChange] = []
    /// Calls that change something or sync, counted from 1.
    private(set) var calls = 0
    /// The call at which the power goes; every call from there on fails.
    var powerOffAt = Int.max
    /// The sync that fails, counted from 1, without the power going.
    var failingSync = Int.max
    private(set) var syncs = 0
    /// A sync that answers without doing anything: the mutant that the crash tests must catch.
    var skipsSync = false
    /// Bytes that may still be written before the disk is full.
    var space = Int.max

    static let powerOff = LogError(.stopped, "the power went")
    var isOff: Bool { calls >= powerOffAt }

    func count() throws(LogError) {
        calls += 1
        if calls >= powerOffAt { throw SimulatedDisk.powerOff }
    }

    func countSync() throws(LogError) {
        try count()
        syncs += 1
        if syncs == failingSync { throw LogError(.storage(errno: 5), "the simulated sync failed") }
    }

    func open(_ path: String, create: Bool) throws(LogError) -> any StorageFile {
        if isOff { throw SimulatedDisk.powerOff }
        if let node = names[path] { return SimulatedFile(self, node, path) }
        guard create else { throw LogError(.storage(errno: 2), "\(path) is missing") }
        try count()
        let node = Node()
        names[path] = node
        unsyncedNames.append(.link(path: path, node))
        return SimulatedFile(self, node, path)
    }

    func makeDirectory(_ path: String) throws(LogError) {}
    func removeDirectory(_ path: String) throws(LogError) {}

    func list(_ directory: String) throws(LogError) -> [String] {
        if isOff { throw SimulatedDisk.powerOff }
        let prefix = directory + "/"
        let entries = names.keys.filter { $0.hasPrefix(prefix) }.map { path in
            String(path.dropFirst(prefix.count).prefix { $0 != "/" })
        }
        return Set(entries).sorted()
    }

    func isDirectory(_ path: String) -> Bool { names.keys.contains { $0.hasPrefix(path + "/") } }

    func rename(_ from: String, to: String) throws(LogError) {
        try count()
        guard let node = names.removeValue(forKey: from) else {
            throw LogError(.storage(errno: 2), "\(from) is missing")
        }
        names[to] = node
        unsyncedNames.append(.rename(from: from, to: to))
    }

    func remove(_ path: String) throws(LogError) {
        guard names[path] != nil else { return }
        try count()
        names[path] = nil
        unsyncedNames.append(.unlink(path: path))
    }

    func syncDirectory(_ path: String) throws(LogError) {
        try countSync()
        guard !skipsSync else { return }
        durableNames = names
        unsyncedNames.removeAll()
    }

    /// The disk as it may be found after the power came back: a prefix of each file's unsynced writes, the last of
    /// them perhaps torn, and a prefix of the unsynced names.
    func restarted(_ random: inout SeededRandom) -> SimulatedDisk {
        let disk = SimulatedDisk()
        var found = durableNames
        let kept = Int.random(in: 0...unsyncedNames.count, using: &random)
        for change in unsyncedNames.prefix(kept) { SimulatedDisk.apply(change, to: &found) }
        for (path, node) in found.sorted(by: { $0.key < $1.key }) {
            let copy = Node()
            copy.content = SimulatedDisk.survivor(of: node, &random)
            copy.durable = copy.content
            disk.names[path] = copy
        }
        disk.durableNames = disk.names
        return disk
    }

    /// The disk after the process was killed on a machine that lives on: all is there, and no more of it is durable
    /// than before.
    func outlivingItsProcess() -> SimulatedDisk {
        let disk = SimulatedDisk()
        disk.names = names
        disk.durableNames = durableNames
        disk.unsyncedNames = unsyncedNames
        return disk
    }

    private static func apply(_ change: NameChange, to names: inout [String: Node]) {
        switch change {
        case .link(let path, let node): names[path] = node
        case .unlink(let path): names[path] = nil
        case .rename(let from, let to): names[to] = names.removeValue(forKey: from)
        }
    }

    private static func survivor(of node: Node, _ random: inout SeededRandom) -> [UInt8] {
        var bytes = node.durable
        let kept = Int.random(in: 0...node.unsynced.count, using: &random)
        for change in node.unsynced.prefix(kept) { apply(change, to: &bytes) }
        guard kept < node.unsynced.count, case .write(let position, let written) = node.unsynced[kept] else {
            return bytes
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: break
        case 1:
            // The size reached the disk, the data did not.
            apply(.write(position: position, bytes: [UInt8](repeating: 0, count: written.count)), to: &bytes)
        default:
            let torn = Int.random(in: 0...written.count, using: &random)
            apply(.write(position: position, bytes: Array(written[..<torn])), to: &bytes)
        }
        return bytes
    }

    static func apply(_ change: Change, to bytes: inout [UInt8]) {
        switch change {
        case .truncate(let size):
            if size < bytes.count { bytes.removeLast(bytes.count - size) }
            if size > bytes.count { bytes += [UInt8](repeating: 0, count: size - bytes.count) }
        case .write(let position, let written):
            guard !written.isEmpty else { return }
            let end = position + written.count
            if end > bytes.count { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
            bytes.replaceSubrange(position..<end, with: written)
        }
    }
}

/// `@unchecked Sendable`: as its disk.
final class SimulatedFile: StorageFile, @unchecked Sendable {
    let disk: SimulatedDisk
    let node: SimulatedDisk.Node
    let path: String
    let descriptor: Int32 = -1

    init(_ disk: SimulatedDisk, _ node: SimulatedDisk.Node, _ path: String) {
        self.disk = disk
        self.node = node
        self.path = path
    }

    func size() throws(LogError) -> Int {
        if disk.isOff { throw SimulatedDisk.powerOff }
        return node.content.count
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(LogError) -> Int {
        if disk.isOff { throw SimulatedDisk.powerOff }
        let count = max(0, min(buffer.count, node.content.count - position))
        if count > 0 { buffer.copyBytes(from: node.content[position..<position + count]) }
        return count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(LogError) {
        guard !disk.isOff else { throw SimulatedDisk.powerOff }
        let written = Array(bytes.prefix(disk.space))
        change(.write(position: position, bytes: written))
        if disk.space != Int.max { disk.space -= written.count }
        // The write is on its way when the power goes: it may be found in part.
        try disk.count()
        guard written.count == bytes.count else { throw LogError(.storage(errno: 28), "\(path): the disk is full") }
    }

    func truncate(to size: Int) throws(LogError) {
        try disk.count()
        change(.truncate(size: size))
    }

    func sync() throws(LogError) {
        try disk.countSync()
        guard !disk.skipsSync else { return }
        node.durable = node.content
        node.unsynced.removeAll()
    }

    private func change(_ change: SimulatedDisk.Change) {
        SimulatedDisk.apply(change, to: &node.content)
        node.unsynced.append(change)
    }
}
