import Glibc

/// The descriptors between a test and its child: three pairs of sockets, or a pseudo-terminal.
struct ProcessEnds {
    /// Ours.
    let input: Int32, output: Int32, errors: Int32
    /// The child's; empty for a terminal, which it opens by name.
    private let childEnds: [Int32]
    private let terminalName: String?

    init() throws {
        let pairs = try (0..<3).map { _ in try ProcessEnds.pair() }
        (input, output, errors) = (pairs[0].ours, pairs[1].ours, pairs[2].ours)
        childEnds = pairs.map(\.theirs)
        terminalName = nil
    }

    init(terminal: TerminalSize) throws {
        let ours = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // TIOCSPTLCK and TIOCGPTN of <asm-generic/ioctls.h>, which unlockpt and ptsname stand on.
        var unlocked: Int32 = 0, number: Int32 = 0
        guard ours >= 0, ioctl(ours, 0x4004_5431, &unlocked) == 0, ioctl(ours, 0x8004_5430, &number) == 0 else {
            throw ChildProcess.Trouble("no pseudo-terminal: errno \(errno)")
        }
        var size = winsize(
            ws_row: UInt16(terminal.rows), ws_col: UInt16(terminal.columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(ours, UInt(TIOCSWINSZ), &size)
        (input, output, errors) = (dup(ours), ours, -1)
        _ = fcntl(input, F_SETFD, FD_CLOEXEC)
        childEnds = []
        terminalName = "/dev/pts/\(number)"
    }

    private static func pair() throws -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw ChildProcess.Trouble("no sockets: errno \(errno)")
        }
        return (ends[0], ends[1])
    }

    func spawn(_ words: [String], _ environment: [String: String], _ directory: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let terminalName {
            // Opened first in a new session, it becomes the controlling terminal.
            posix_spawn_file_actions_addopen(&actions, 0, terminalName, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
        for (target, end) in childEnds.enumerated() { posix_spawn_file_actions_adddup2(&actions, end, Int32(target)) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        ProcessEnds.reset(&attributes, newSession: terminalName != nil)
        let pid = try ProcessEnds.spawn(["/usr/bin/env", "-C", directory] + words, environment, &actions, &attributes)
        childEnds.forEach { close($0) }
        return pid
    }

    /// Signals as a shell gives them: none blocked, none ignored.
    private static func reset(_ attributes: inout posix_spawnattr_t, newSession: Bool) {
        var none = sigset_t(), all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (newSession ? 0x80 : 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    private static func spawn(
        _ words: [String], _ environment: [String: String], _ actions: inout posix_spawn_file_actions_t,
        _ attributes: inout posix_spawnattr_t
    ) throws -> pid_t {
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, &attributes, arguments, variables)
        guard code == 0 else { throw ChildProcess.Trouble("\(words[0]): \(String(cString: strerror(code)))") }
        return pid
    }

    func closeAll() { (childEnds + [input, output, errors]).filter { $0 >= 0 }.forEach { close($0) } }
}
