import Glibc
import KappaTerminal

/// Asks before something that cannot be undone.
enum Confirmation {
    /// Goes on after `y`; without a terminal there is nobody to ask, so `--yes` is needed.
    static func ask(_ question: String, isGiven: Bool, _ context: CommandContext) throws {
        guard !isGiven else { return }
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw UsageError("\(question) There is no terminal to confirm on.", hint: "pass --yes to confirm")
        }
        let prompt = Array("\(question) [y/N] ".utf8)
        _ = write(2, prompt, prompt.count)
        guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
            throw CommandFailure("nothing was done")
        }
    }
}

/// Items of one request, some of which may have failed: each is listed, and one failure makes the status 1.
struct ItemReport {
    private var failures: [String] = []
    private var count = 0

    mutating func done(_ line: String, _ context: CommandContext) {
        count += 1
        context.messages.note(line)
    }

    mutating func failed(_ line: String, _ context: CommandContext) {
        count += 1
        failures.append(line)
        context.messages.error("kappa: \(line)")
    }

    func finish() throws {
        guard !failures.isEmpty else { return }
        throw CommandFailure("\(failures.count) of \(count) failed")
    }
}
