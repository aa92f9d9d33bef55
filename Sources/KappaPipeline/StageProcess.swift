import Glibc
import KappaCore

/// The processes of one stage: one command, or several in a pipe.
///
/// They share the supervisor's process group, so that one `kill` of the group ends everything, and they hold its
/// lifeline and its lock. What they say on standard error, and the last one on standard output, is gathered in lines
/// for people; what the supervisor has to know comes over the stage's channel.
final class StageProcess {
    struct SpawnFailure: Failure {
        let kind = FailureKind.failed
        let message: String
    }

    /// What every child gets to hold.
    struct Inheritance {
        /// The lifeline's reading end.
        var lifeline: Int32
        /// The lock of the data folder, which stays locked as long as anybody lives.
        var lock: Int32
        var environment: [String]
    }

    private struct Member {
        let pid: pid_t
        var status: Int32?
    }

    private var members: [Member] = []
    private var words: StageLines
    private var channel: StageLines
    /// The descriptors that children see these under.
    static let (childLifeline, childLock, childChannel): (Int32, Int32, Int32) = (3, 4, 5)

    /// Starts `commands`, each the words of a program with its path first.
    init(_ commands: [[String]], _ inheritance: Inheritance) throws(SpawnFailure) {
        let (log, told) = (StageProcess.pipe(), StageProcess.pipe())
        (words, channel) = (StageLines(log.read), StageLines(told.read))
        defer {
            close(log.write)
            close(told.write)
        }
        var input = open("/dev/null", O_RDONLY | O_CLOEXEC)
        for (index, words) in commands.enumerated() {
            let isLast = index == commands.count - 1
            let next = isLast ? (read: Int32(-1), write: log.write) : StageProcess.pipe()
            defer {
                close(input)
                if !isLast { close(next.write) }
                input = next.read
            }
            let ends = Ends(input: input, output: next.write, errors: log.write, channel: told.write)
            members.append(Member(pid: try StageProcess.spawn(words, ends, inheritance)))
        }
    }

    deinit {
        close(words.descriptor)
        close(channel.descriptor)
    }

    /// What to wait for until there is something to read.
    var pollers: [pollfd] {
        [words, channel].filter { !$0.isAtEnd }.map {
            pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0)
        }
    }

    var pids: [pid_t] { members.filter { $0.status == nil }.map(\.pid) }

    func signal(_ number: Int32) {
        for pid in pids { kill(pid, number) }
    }

    /// Looks after the dead. Once all have ended: the status of the last one that failed by itself.
    ///
    /// A program whose reader went away (141, or SIGPIPE) is not what failed.
    func reap() -> Int32? {
        for index in members.indices where members[index].status == nil {
            var status: Int32 = 0
            guard waitpid(members[index].pid, &status, WNOHANG) == members[index].pid else { continue }
            members[index].status = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
        }
        guard members.allSatisfy({ $0.status != nil }) else { return nil }
        let statuses = members.compactMap(\.status)
        return statuses.last { $0 != 0 && $0 != ExitStatus.closedPipe } ?? statuses.last { $0 != 0 } ?? 0
    }

    /// The whole lines for people that have come; at the end also what lacks its line end.
    func lines(isAtEnd: Bool = false) -> [String] {
        words.read(isLast: isAtEnd).map { String(decoding: $0, as: UTF8.self) }
    }

    /// What the stage has told the supervisor.
    func events() -> [StageEvent] { channel.read().compactMap { StageEvent(line: $0) } }

    // MARK: Spawning

    private struct Ends {
        var input: Int32
        var output: Int32
        var errors: Int32
        var channel: Int32
    }

    private static func spawn(
        _ words: [String], _ ends: Ends, _ inheritance: Inheritance
    ) throws(SpawnFailure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends.input, 0)
        posix_spawn_file_actions_adddup2(&actions, ends.output, 1)
        posix_spawn_file_actions_adddup2(&actions, ends.errors, 2)
        posix_spawn_file_actions_adddup2(&actions, inheritance.lifeline, childLifeline)
        posix_spawn_file_actions_adddup2(&actions, inheritance.lock, childLock)
        posix_spawn_file_actions_adddup2(&actions, ends.channel, childChannel)
        let environment =
            inheritance.environment + [
                "\(Lifeline.variable)=\(childLifeline)", "\(StageChannel.variable)=\(childChannel)",
            ]
        let (arguments, variables) = (words.map { strdup($0) } + [nil], environment.map { strdup($0) } + [nil])
        defer { (arguments + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, nil, arguments, variables)
        guard code == 0 else {
            throw SpawnFailure(message: "cannot start \(words[0]): \(String(cString: strerror(code)))")
        }
        return pid
    }

    /// A pipe that no child gets by accident, above the numbers that children see.
    static func pipe() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        precondition(Glibc.pipe(&ends) == 0, "no pipe left: errno \(errno)")
        return (outOfTheWay(ends[0]), outOfTheWay(ends[1]))
    }

    /// posix_spawn's dup2 calls come one after the other: a source must not be a target of an earlier one.
    static func outOfTheWay(_ descriptor: Int32) -> Int32 {
        let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
        close(descriptor)
        return moved
    }
}
