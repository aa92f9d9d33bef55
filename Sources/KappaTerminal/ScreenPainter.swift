import Glibc

/// Keeps a screen's lines on a terminal, writing only those that have changed: nothing flickers.
///
/// It uses the alternate screen, so that what stood there before comes back afterwards.
package struct ScreenPainter: ~Copyable {
    private let descriptor: Int32
    private var shown: [String] = []
    private var isOpen = false

    package init(descriptor: Int32 = 1) {
        self.descriptor = descriptor
    }

    /// What leaves the terminal as it was found: the cursor shown, the usual screen.
    static let restoration = "\u{1B}[?25h\u{1B}[?1049l"

    /// The same, for a signal handler, which may not make anything.
    package static let restorationBytes = Array(restoration.utf8)

    /// Puts the lines up; `isNew` paints every one of them, after a change of size say.
    package mutating func show(_ lines: [String], isNew: Bool = false) {
        var bytes = ""
        if !isOpen { bytes += "\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J" } else if isNew { bytes += "\u{1B}[2J" }
        if !isOpen || isNew { shown = [] }
        isOpen = true
        bytes += ScreenPainter.changes(from: shown, to: lines)
        shown = lines
        write(bytes)
    }

    /// Something else has written to the terminal since: it is taken and painted as if for the first time.
    package mutating func forget() { isOpen = false }

    package mutating func close() {
        guard isOpen else { return }
        isOpen = false
        write(ScreenPainter.restoration)
    }

    /// Moves to each changed line, writes it, and clears its rest; lines that are no more are cleared.
    package static func changes(from old: [String], to new: [String]) -> String {
        var bytes = ""
        for index in 0..<max(old.count, new.count) {
            let line = index < new.count ? new[index] : ""
            if index < old.count, old[index] == line { continue }
            if index >= old.count, line.isEmpty { continue }
            bytes += "\u{1B}[\(index + 1);1H\(line)\u{1B}[0m\u{1B}[K"
        }
        return bytes
    }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
