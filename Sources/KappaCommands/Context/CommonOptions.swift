import KappaArguments
import KappaCore
import KappaTerminal

/// What every command takes.
enum CommonOptions {
    static let section = "Common options"
    static let color = Option<ColorChoice>(
        "color", placeholder: "WHEN", type: .choice("WHEN"), default: "auto", section: section,
        help: "When to use colours: auto, always or never.")
    static let quiet = Flag(
        "quiet", short: "q", settable: true, section: section, help: "Print no notes and no progress.")
    static let verbose = Flag(
        "verbose", short: "v", settable: true, section: section, help: "Print more of what is done.")
    static let profile = Option<String?>(
        "profile", type: .string("NAME", completion: .dynamic("profiles")), section: section,
        help: "Also use the settings of this profile.")
    static let pager = Flag(
        "pager", default: true, settable: true, section: section,
        help: "Show long help on a terminal through PAGER (less where it is not set).")
    static let help = Flag(
        "help", short: "h", section: section, help: "Show the help: -h on one screen, --help in full.")
    static let helpJSON = Flag("help-json", section: section, help: "Show the declaration of the command, as JSON.")
    static let version = Flag(
        "version", short: "V", section: section,
        help: "Show the versions; with -v, also of libraries that are opened when needed.")

    static let all: [any ParameterKey] = [color, quiet, verbose, profile, pager, help, helpJSON, version]

    static func level(_ values: Values) -> Messages.Level {
        values[quiet] ? .quiet : values[verbose] ? .verbose : .normal
    }
}
