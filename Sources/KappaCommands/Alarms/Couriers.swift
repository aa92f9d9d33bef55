import Glibc
import KappaCore
import KappaHTTP
import KappaJobs
import KappaNetwork

/// Posts a message to an address of the web, signed.
struct WebhookCourier: AlarmCourier {
    let url: String
    let secret: Secret?
    let timeout: Duration

    func tell(_ message: AlarmMessage) throws {
        let body = message.json
        var headers = [
            ("Content-Type", "application/json"), ("Idempotency-Key", message.key), ("X-Kappa-Key", message.key),
        ]
        if let secret {
            let code = HashFunction.sha256.hmac(key: Array(secret.revealed.utf8), body)
            headers.append(("X-Kappa-Signature", "sha256=" + WebhookCourier.hex(code)))
        }
        let call = HTTPCall(.post, url, headers: headers, body: body, timeout: timeout, isRepeatable: true)
        let answer = try HTTPClient().send(call)
        guard answer.isSuccess else {
            throw HTTPError(.failed, "\(HTTPClient.withoutSecrets(url)) answered with status \(answer.status)")
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Sends a message by mail.
struct MailCourier: AlarmCourier {
    let client: MailClient
    let receivers: [String]

    func tell(_ message: AlarmMessage) throws {
        try client.send(to: receivers, subject: message.subject, text: message.text, id: message.key)
    }
}

/// Hands a message to a command of the shell, on its standard input; status 0 says that it is told.
struct CommandCourier: AlarmCourier {
    let command: String
    let timeout: Duration

    func tell(_ message: AlarmMessage) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw failure(String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let pid: pid_t
        do { pid = try spawn(ends[0], message) } catch {
            for end in ends { close(end) }
            throw error
        }
        close(ends[0])
        write(message.json + [UInt8(ascii: "\n")], to: ends[1])
        close(ends[1])
        let status = wait(pid)
        guard status == 0 else {
            throw failure(status.map { "it ended with status \($0)" } ?? "it did not end in time")
        }
    }

    private func failure(_ reason: String) -> CommandFailure { CommandFailure("'\(command)': \(reason)") }

    private func spawn(_ input: Int32, _ message: AlarmMessage) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: all of it is ended when it takes too long, and Ctrl-C is for kappa alone.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let words: [UnsafeMutablePointer<CChar>?] =
            ["sh", "-c", command].map { (word: String) in strdup(word) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = []
        var place = environ
        while let entry = place.pointee {
            environment.append(strdup(entry))
            place += 1
        }
        let own = ["KAPPA_ALARM_KEY=\(message.key)", "KAPPA_ALARM_SUBJECT=\(ForeignText.line(message.subject))"]
        environment += own.map { (word: String) in strdup(word) } + [nil]
        defer { for word in words + environment { free(word) } }
        var pid = pid_t()
        let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, words, environment)
        guard code == 0 else { throw failure(String(cString: strerror(code))) }
        return pid
    }

    /// A command that does not read ends the writing, not kappa, which ignores SIGPIPE; one that hangs is waited for no
    /// longer than its time.
    private func write(_ bytes: [UInt8], to descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        let deadline = ContinuousClock.now + timeout
        var rest = bytes[...]
        while !rest.isEmpty, ContinuousClock.now < deadline {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&poller, 1, 100)
            } else if errno != EINTR {
                return
            }
        }
    }

    /// Its status; nil when it had to be ended.
    private func wait(_ pid: pid_t) -> Int32? {
        let deadline = ContinuousClock.now + timeout
        var status: Int32 = 0
        while true {
            let found = waitpid(pid, &status, WNOHANG)
            if found == pid { return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F) }
            if found < 0, errno != EINTR { return 127 }
            guard ContinuousClock.now < deadline else {
                kill(-pid, SIGKILL)
                _ = waitpid(pid, &status, 0)
                return nil
            }
            usleep(10_000)
        }
    }
}
