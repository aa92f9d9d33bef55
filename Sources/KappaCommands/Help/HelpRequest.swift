import KappaArguments
import KappaCore
import KappaTerminal

/// `-h`, `--help`, `--help-json` and `--version` are answered before any value is looked at.
enum HelpRequest {
    static func answer(_ invocation: Parser.Invocation) throws -> Int32? {
        let output = Output(format: .table, terminal: Terminal(descriptor: 1, color: color(invocation)))
        let asked = { (flag: Flag) in invocation.given[flag.parameter.name] == ["yes"] }
        if asked(CommonOptions.help) {
            let isLong = invocation.spellings[CommonOptions.help.parameter.name] != "-h"
            let text = HelpText.render(invocation.path, long: isLong, terminal: output.terminal)
            let isPaged = isLong && isPagerWanted(invocation)
            if !Pager.show(text, terminal: output.terminal, isWanted: isPaged) { try output.write(text) }
        } else if asked(CommonOptions.helpJSON) {
            try output.write(HelpJSON.render(invocation.path))
        } else if asked(CommonOptions.version) {
            try output.write(Versions.text(all: asked(CommonOptions.verbose)))
        } else {
            return nil
        }
        try output.flush()
        return ExitStatus.done
    }

    /// Before any value is read, so without the settings files.
    private static func isPagerWanted(_ invocation: Parser.Invocation) -> Bool {
        let pager = CommonOptions.pager.parameter
        let words = invocation.given[pager.name] ?? ValueSource.environment.find(pager, [])?.words
        return words?.last.flatMap(Flag.value(of:)) ?? true
    }

    private static func color(_ invocation: Parser.Invocation) -> ColorChoice {
        invocation.given[CommonOptions.color.parameter.name]?.last.flatMap(ColorChoice.init) ?? .auto
    }
}
