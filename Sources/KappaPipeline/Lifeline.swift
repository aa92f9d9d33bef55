import Glibc

/// What binds a stage to the supervisor that started it.
///
/// Each child holds the reading end of a pipe whose only writing end is the supervisor's. Nothing is ever written; when
/// the supervisor is gone, even by `kill -9`, the pipe ends, and the child asks itself to stop. PR_SET_PDEATHSIG would
/// do the same, but it must be set between fork and exec, where posix_spawn lets nobody in, and it follows the thread
/// that forked, not the process.
package enum Lifeline {
    package static let variable = "KAPPA_LIFELINE"

    /// How long a child may take to stop by itself.
    private static let patience: UInt32 = 5

    /// In a child: ends the process with its supervisor, and leaves the terminal's Ctrl-C to the supervisor.
    ///
    /// To be called before anything else; elsewhere it does nothing.
    package static func watch() {
        guard let word = getenv(variable), let descriptor = Int32(String(cString: word)) else { return }
        unsetenv(variable)
        guard fcntl(descriptor, F_GETFD) >= 0 else { return }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        isWatched = true
        signal(SIGINT, SIG_IGN)
        var thread = pthread_t()
        let context = UnsafeMutableRawPointer(bitPattern: Int(descriptor) + 1)
        let code = pthread_create(
            &thread, nil,
            { context in
                Lifeline.wait(Int32(Int(bitPattern: context) - 1))
                return nil
            }, context)
        if code == 0 { pthread_detach(thread) }
    }

    /// Written once, before any other thread is there.
    package nonisolated(unsafe) private(set) static var isWatched = false

    private static func wait(_ descriptor: Int32) {
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count == 0 || (count < 0 && errno != EINTR) { break }
        }
        kill(getpid(), SIGTERM)
        sleep(patience)
        kill(getpid(), SIGKILL)
    }
}
