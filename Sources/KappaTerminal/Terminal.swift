import Glibc
import KappaCore

/// A colour or a weight of text.
package enum Style: String, Sendable {
    case bold = "1", dim = "2", red = "31", green = "32", yellow = "33", blue = "34", cyan = "36"

    /// The colour of a level: the more severe, the nearer to red; none below the first.
    package static func ofLevel(severity: Int) -> Style? {
        switch severity {
        case ..<1: nil
        case 1: .yellow
        default: .red
        }
    }
}

package enum ColorChoice: String, CaseIterable, Sendable {
    case auto, always, never
}

/// What is known of one end of the terminal: whether it is one, how wide it is, whether it shows colours.
package struct Terminal: Sendable {
    package let isTerminal: Bool
    /// nil where lines may be as long as they like: a file, a pipe.
    package let width: Int?
    package let hasColor: Bool

    package static let plain = Terminal(isTerminal: false, width: nil, hasColor: false)

    package init(isTerminal: Bool, width: Int?, hasColor: Bool) {
        self.isTerminal = isTerminal
        self.width = width
        self.hasColor = hasColor
    }

    /// Asks the descriptor and the environment (`NO_COLOR`, `TERM`, `COLUMNS`).
    package init(descriptor: Int32, color: ColorChoice) {
        isTerminal = isatty(descriptor) == 1
        width = isTerminal ? Terminal.columns(descriptor) : nil
        hasColor =
            switch color {
            case .always: true
            case .never: false
            case .auto: isTerminal && Terminal.word("NO_COLOR").isEmpty && Terminal.word("TERM") != "dumb"
            }
    }

    private static func word(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

    /// As wide as it is now, which `width` was at the start.
    package static func columns(_ descriptor: Int32) -> Int {
        if let given = Int(word("COLUMNS")), given > 0 { return given }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    package func style(_ text: String, _ style: Style) -> String {
        hasColor ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }

    /// The text without control characters, which could move the cursor or set the title.
    package static func printable(_ text: String) -> String { ForeignText.line(text) }
}

extension Terminal {
    /// What the terminal itself says: it may be another size than a moment ago.
    package static func size(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}
