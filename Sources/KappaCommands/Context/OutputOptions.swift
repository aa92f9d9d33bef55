import KappaArguments
import KappaTerminal

/// How a command that shows data writes it: `parameters: [...] + OutputOptions.all`.
enum OutputOptions {
    static let section = "Output"
    static let json = Flag(
        "json", settable: true, section: section, help: "One JSON document with a version, a kind and the items.")
    static let ndjson = Flag("ndjson", settable: true, section: section, help: "One JSON object on each line.")
    static let csv = Flag("csv", settable: true, section: section, help: "Comma-separated values with a header.")

    static let all: [any ParameterKey] = [json, ndjson, csv]

    /// The nearest origin wins: `--csv` on the command line over `json = yes` in a file.
    static func format(_ values: Values) throws -> OutputFormat {
        // A command may have a --json of its own; all three together are these.
        guard values.declares(ndjson), values.declares(csv) else { return .table }
        let formats: [(Flag, OutputFormat)] = [(json, .json), (ndjson, .ndjson), (csv, .csv)]
        let wanted = formats.filter { values[$0.0] }
        let said = wanted.filter { values.origin(of: $0.0) == .commandLine }
        if said.count > 1 {
            throw UsageError("--\(said[0].0.parameter.name) and --\(said[1].0.parameter.name) exclude each other")
        }
        return (said.first ?? wanted.first)?.1 ?? .table
    }
}
