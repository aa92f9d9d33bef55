import KappaArguments
import KappaTerminal

extension HelpText {
    /// The help as this terminal shows it.
    static func render(_ path: [Command], long: Bool, terminal: Terminal) -> String {
        render(path, long: long, width: min(100, terminal.width ?? 100)) { text, role in
            switch role {
            case .heading: terminal.style(text, .bold)
            case .name: terminal.style(text, .cyan)
            case .faint: terminal.style(text, .dim)
            }
        }
    }
}
