import KappaArguments
import KappaKafka
import KappaStores
import KappaTerminal

/// `-h`, `--help`, `--help-json` and `--version` are answered before any value is looked at.
enum HelpRequest {
    static func answer(_ invocation: Parser.Invocation) throws -> Int32? {
        let output = Output(format: .table, terminal: Terminal(descriptor: 1, color: .auto))
        let asked = { (flag: Flag) in invocation.given[flag.parameter.name] == ["yes"] }
        if asked(CommonOptions.version) {
            try output.write(Versions.text)
        } else if asked(CommonOptions.helpJSON) {
            try output.write(HelpJSON.render(invocation.path))
        } else if asked(CommonOptions.help) || asked(CommonOptions.shortHelp) {
            let long = asked(CommonOptions.help)
            try output.write(HelpText.render(invocation.path, long: long, terminal: output.terminal))
        } else {
            return nil
        }
        try output.flush()
        return ExitStatus.done
    }
}
