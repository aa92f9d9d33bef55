import Glibc

/// Shows a long text through `PAGER`, where a person reads it on a terminal.
package enum Pager {
    /// Whether the pager showed it; what is short, or goes elsewhere than to a terminal, is for the caller to write.
    package static func show(_ text: String, terminal: Terminal, isWanted: Bool) -> Bool {
        let height = Terminal.size(1)?.rows ?? 24
        guard isWanted, terminal.isTerminal, isatty(0) == 1, text.split(separator: "\n").count + 2 > height,
            let command = command
        else { return false }
        // Colours pass, and a text that is shorter than the screen after all ends at once: as git asks of less.
        setenv("LESS", "FRX", 0)
        guard let pipe = popen(command, "w") else { return false }
        fputs(text, pipe)
        // The shell says 127 where there is no such program, and nothing has been shown then.
        return pclose(pipe) >> 8 != 127
    }

    /// `PAGER`, or less; an empty PAGER and `cat` say that none is wanted.
    private static var command: String? {
        let named = getenv("PAGER").map { String(cString: $0) } ?? "less"
        return named.isEmpty || named == "cat" ? nil : named + " 2> /dev/null"
    }
}
