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
        "quiet", short: "q", settable: true, section: section, help: "Leave out notes and progress.")
    static let verbose = Flag(
        "verbose", short: "v", settable: true, section: section, help: "Say more of what is done.")
    static let profile = Option<String?>(
        "profile", type: .string("NAME", completion: .dynamic("profiles")), section: section,
        help: "Use this section of the settings files too.")
    static let help = Flag("help", short: "h", section: section, help: "Show the help: -h in short, --help in full.")
    static let helpJSON = Flag("help-json", section: section, help: "Show the declaration of the command, as JSON.")
    static let version = Flag("version", short: "V", section: section, help: "Show the versions.")

    static let all: [any ParameterKey] = [color, quiet, verbose, profile, help, helpJSON, version]

    static func level(_ values: Values) -> Messages.Level {
        values[quiet] ? .quiet : values[verbose] ? .verbose : .normal
    }
}
