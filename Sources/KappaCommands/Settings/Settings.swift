import Glibc
import KappaArguments
import KappaCore

/// The settings files of this run, nearest first, and what is wrong with them.
///
/// A profile that was asked for takes precedence over the general part of every file.
struct Settings: Sendable {
    let files: [SettingsFile]
    let problems: [SettingsError]

    /// Where files are looked for, nearest first.
    static var paths: [String] {
        let home = Environment.value("HOME").map { "\($0)/.config" }
        let configuration = Environment.value("XDG_CONFIG_HOME") ?? home
        // A pipeline's file, which its supervisor names for itself and its stages.
        let named = Environment.value(Environment.pipelineFile).map { [$0] } ?? []
        let own = configuration.map { ["\($0)/kappa/kappa.conf"] } ?? []
        return named + ["./kappa.conf"] + own + ["/etc/kappa/kappa.conf"]
    }

    static func load(_ paths: [String] = Settings.paths) -> Settings {
        var files: [SettingsFile] = []
        var problems: [SettingsError] = []
        for path in paths {
            do throws(SettingsError) {
                if let text = try text(of: path) { files.append(try SettingsFile(path: path, text: text)) }
            } catch {
                problems.append(error)
            }
        }
        return Settings(files: files, problems: problems)
    }

    /// nil where there is no such file.
    private static func text(of path: String) throws(SettingsError) -> String? {
        let text: String
        do throws(TextFileFailure) { text = try TextFile.read(path, as: "the settings file") } catch {
            if error.isMissing { return nil }
            throw SettingsError(error.message, hint: error.hint)
        }
        // Settings name commands to run and brokers to trust, so whoever can write them can act as whoever runs kappa.
        guard let access = FileAccess(path) else { return text }
        guard !access.isWrittenByAll else {
            throw SettingsError(
                "\(path): any user of this machine can change it (mode \(access.mode)), so it is not read",
                hint: "chmod o-w \(path)")
        }
        guard access.isOfTrustedOwner else {
            throw SettingsError(
                "\(path): it belongs to another user (uid \(access.owner)), so it is not read",
                hint: "run kappa in another folder, or make the file your own: chown \(getuid()) \(path)")
        }
        return text
    }

    var profiles: [String] { files.flatMap(\.profiles).uniqued().sorted() }

    /// The profile that the command line, the environment or a file's general part asks for.
    func profile(_ invocation: Parser.Invocation) throws -> String? {
        let parameter = CommonOptions.profile.parameter
        let name =
            invocation.given[parameter.name]?.last
            ?? ValueSource.environment.find(parameter, [])?.words.last
            ?? source(nil).find(parameter, [])?.words.last
        guard let name, !profiles.contains(name) else { return name }
        let near = Spelling.nearest(to: name, among: profiles).map { "did you mean '\($0)'?" }
        throw UsageError(
            "there is no profile '\(name)'", hint: near ?? "'kappa config path' shows where files are read")
    }

    /// The environment, then the files.
    func sources(profile: String?) -> [ValueSource] {
        [.environment] + (profile.map { [source($0)] } ?? []) + [source(nil)]
    }

    /// `process.window` is nearer to a command than `window`.
    private func source(_ profile: String?) -> ValueSource {
        ValueSource { option, path in
            let qualified = (path.dropFirst() + [option.name]).joined(separator: ".")
            for file in files {
                for key in [qualified, option.name] {
                    let found = file.entries(of: key, profile: profile)
                    guard let last = found.last else { continue }
                    let words = option.isRepeated ? found.map(\.value) : [last.value]
                    return (words, .file(path: file.path, line: last.line, profile: profile))
                }
            }
            return nil
        }
    }

    /// Keys that no command knows: each with its place and the nearest one that is known.
    func unknownKeys(below root: Command) -> [String] {
        let known = SettingKey.all(below: root)
        let names = Set(known.map(\.key))
        return files.flatMap { file in
            file.entries.filter { !names.contains($0.key) }.map { entry in
                let near = Spelling.nearest(to: entry.key, among: Array(names))
                return "\(file.path):\(entry.line): there is no setting '\(entry.key)'"
                    + (near.map { "; did you mean '\($0)'?" } ?? "")
            }
        }
    }
}

/// A key that a settings file may hold: `window`, or `process.window` for one command alone.
struct SettingKey: Sendable {
    let key: String
    let parameter: Parameter
    let path: [String]

    static func all(below root: Command) -> [SettingKey] {
        CommandNode.all(root).flatMap { node in
            node.command.options.filter(\.isSettable).flatMap { option in
                let qualified = (node.words.dropFirst() + [option.name]).joined(separator: ".")
                return [option.name, qualified].uniqued().map {
                    SettingKey(key: $0, parameter: option, path: node.words)
                }
            }
        }
    }
}
