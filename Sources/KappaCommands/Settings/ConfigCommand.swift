import KappaArguments
import KappaTerminal

/// `kappa config`: what is set, where it comes from, and whether it is right.
enum ConfigCommand {
    static let command = Command(
        family: "config", abstract: "Show and check the settings",
        discussion: HelpTopic.settings.text,
        subcommands: [show, path, check])

    static let everything = Flag("all", short: "a", help: "Also show settings that have their defaults.")

    static let show = Command(
        "show", abstract: "Show each setting with its origin",
        discussion: "Secrets are not shown.",
        parameters: [everything] + OutputOptions.all,
        examples: [
            Example("kappa config show", "What the environment and the files say."),
            Example("kappa config show --all --json", "Every setting there is, for a program."),
        ]
    ) { context in
        let columns = [Column("setting"), Column("value"), Column("origin")]
        let all = try SettingRow.all(below: context.root, profile: context[CommonOptions.profile])
        let rows = all.filter { context[everything] || $0.origin != .byDefault }
        try context.output.rows("settings", columns) { output in
            for row in rows { try output.add([.text(row.key), .text(row.value), .text(row.origin.description)]) }
        }
        if rows.isEmpty { context.messages.note("nothing is set; --all shows the defaults") }
    }

    static let path = Command(
        "path", abstract: "Show where settings files are looked for",
        parameters: OutputOptions.all,
        examples: [Example("kappa config path", "The files, nearest first, and which of them are there.")]
    ) { context in
        let settings = Settings.load()
        try context.output.rows("paths", [Column("path"), Column("found")]) { rows in
            for path in Settings.paths {
                let isFound = settings.files.contains { $0.path == path }
                let isBroken = settings.problems.contains { $0.message.hasPrefix(path) }
                try rows.add([.text(path), .bool(isFound || isBroken)])
            }
        }
    }

    static let check = Command(
        "check", abstract: "Check the settings files",
        discussion: "Names each line that is not understood. The exit status is 2 when there is one.",
        examples: [Example("kappa config check", "Status 0 when all is well.")]
    ) { context in
        let problems = SettingRow.problems(Settings.load(), below: context.root)
        for problem in problems { context.messages.error(problem) }
        guard problems.isEmpty else {
            throw UsageError("\(problems.count) of the settings \(problems.count == 1 ? "is" : "are") wrong")
        }
        context.messages.note("the settings are right")
    }
}

/// A line of `kappa config show`.
struct SettingRow {
    let key: String
    let value: String
    let origin: Origin

    static func all(below root: Command, profile: String?) throws -> [SettingRow] {
        let sources = Settings.load().sources(profile: profile)
        let keys = SettingKey.all(below: root)
        return Set(keys.map(\.key)).sorted().compactMap { key in
            row(key, keys.filter { $0.key == key }, sources, root)
        }
    }

    /// A key of one command alone is a row only where it is given; a name's default only where all agree.
    private static func row(_ key: String, _ uses: [SettingKey], _ sources: [ValueSource], _ root: Command)
        -> SettingRow?
    {
        let use = uses[0]
        let isQualified = key != use.parameter.name
        for source in sources {
            guard let found = source.find(use.parameter, isQualified ? use.path : [root.name]) else {
                continue
            }
            // A qualified key is asked for as itself: what `window` says is not said of `process.window`.
            if isQualified, source.find(use.parameter, [])?.origin == found.origin { return nil }
            let words = found.words.map { Redaction.shown($0, of: use.parameter) }
            return SettingRow(key: key, value: words.joined(separator: ", "), origin: found.origin)
        }
        guard !isQualified else { return nil }
        let defaults = uses.map { $0.parameter.defaultWord ?? ($0.parameter.isFlag ? "no" : "-") }.uniqued()
        return SettingRow(
            key: key, value: defaults.count == 1 ? defaults[0] : "it depends on the command", origin: .byDefault)
    }

    /// What is wrong with the files: lines, keys, values.
    static func problems(_ settings: Settings, below root: Command) -> [String] {
        let keys = SettingKey.all(below: root)
        let values = settings.files.flatMap { file in
            file.entries.compactMap { entry -> String? in
                let uses = keys.filter { $0.key == entry.key }
                let errors = uses.compactMap { problem(entry.value, $0.parameter) }
                // A name that several commands share is wrong when none of them can read the value.
                guard let first = errors.first, errors.count == uses.count else { return nil }
                return "\(file.path):\(entry.line): \(entry.key): \(first)"
            }
        }
        return settings.problems.map(\.message) + settings.unknownKeys(below: root) + values
            + settings.files.compactMap { exposedSecret($0, keys) }
    }

    /// A password that others can read.
    private static func exposedSecret(_ file: SettingsFile, _ keys: [SettingKey]) -> String? {
        guard let access = FileAccess(file.path), access.isReadByOthers else { return nil }
        let secret = file.entries.first { entry in
            keys.contains { $0.key == entry.key && Redaction.shown(entry.value, of: $0.parameter) != entry.value }
        }
        return secret.map {
            "\(file.path):\($0.line): \($0.key) holds a password, and other users can read the file (mode "
                + "\(access.mode)); chmod 600 \(file.path)"
        }
    }

    private static func problem(_ word: String, _ parameter: Parameter) -> String? {
        do throws(ValueError) {
            _ = try parameter.read([word])
            return nil
        } catch {
            return error.message
        }
    }
}
