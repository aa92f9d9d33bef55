import Glibc
import KappaCore

/// Who a file belongs to, and who else can do what with it.
struct FileAccess {
    private let status: stat

    /// Nil where there is no file, or nothing that is kept in one.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.status = status
    }

    var owner: uid_t { status.st_uid }
    var mode: String { String(status.st_mode & 0o777, radix: 8) }
    var isWrittenByAll: Bool { status.st_mode & 0o002 != 0 }
    var isReadByOthers: Bool { status.st_mode & 0o044 != 0 }

    /// Oneself, the administrator, and whoever became the administrator by sudo.
    var isOfTrustedOwner: Bool {
        let invoker = Environment.value("SUDO_UID").flatMap { uid_t($0) }
        return [getuid(), 0].contains(owner) || owner == invoker
    }
}
