import Glibc

/// The broker's counters in a small file of the data folder, for `broker status` and whoever scrapes it. It is replaced
/// as a whole at most once a second, and only when something was counted; it is not synced, for it means nothing after
/// the end.
struct StatusFile {
    static let name = "status"
    private let path: String
    private var last: [UInt8] = []

    init(directory: String) { path = "\(directory)/\(StatusFile.name)" }

    mutating func write(_ values: [(name: String, value: UInt64)]) {
        let text = Array(values.map { "\($0.name) \($0.value)\n" }.joined().utf8)
        guard text != last else { return }
        last = text
        let new = path + ".new"
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let isWhole = text.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == text.count
        close(descriptor)
        if isWhole { rename(new, path) }
    }

    func remove() { unlink(path) }
}
