import Glibc
import KappaArguments
import KappaCore
import KappaPipeline
import KappaTerminal

/// The program: words in, exit status out.
package enum Program {
    package static func main(_ arguments: [String]) -> Int32 {
        // A closed pipe or socket is an error of the write, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        Lifeline.watch()
        StageChannel.open()
        var path = ["kappa"]
        do {
            return try run(arguments, reached: &path)
        } catch is NothingSaid {
            return ExitStatus.usage
        } catch OutputError.closed {
            return ExitStatus.closedPipe
        } catch let problem as UsageProblem {
            report("\(problem.path.joined(separator: " ")): \(problem.message)", problem.hint)
            return ExitStatus.usage
        } catch let failure as any Failure {
            if case .interrupted(let signal) = failure.kind { return 128 + signal }
            // What is wrong with the words is wrong with those of one command.
            let isUsage = failure.kind == .usage
            let name = isUsage ? path.joined(separator: " ") : "kappa"
            report("\(name): \(failure.message)", failure.hint ?? (isUsage ? UsageProblem.helpLine(path) : nil))
            return ExitStatus.of(failure.kind)
        } catch {
            report("kappa: \(error)", nil)
            return ExitStatus.failed
        }
    }

    private static func run(_ arguments: [String], reached path: inout [String]) throws -> Int32 {
        let invocation = try Parser.parse(arguments, root: CommandRegistry.root)
        path = invocation.names
        if let answer = try HelpRequest.answer(invocation) { return answer }
        guard let action = invocation.command.action else { throw commandIsMissing(invocation) }
        try action(try Values(invocation, sources: try sources(invocation)))
        return ExitStatus.done
    }

    /// Broken settings stop every command but those that speak of the program itself, such as `config check`.
    private static func sources(_ invocation: Parser.Invocation) throws -> [ValueSource] {
        let settings = Settings.load()
        let isAboutProgram = invocation.path.dropFirst().first?.section == CommandSection.program.rawValue
        if !isAboutProgram {
            if let problem = settings.problems.first { throw problem }
            let messages = Messages(level: .normal, terminal: Terminal(descriptor: 2, color: .auto))
            for unknown in settings.unknownKeys(below: invocation.path[0]) { messages.warning(unknown) }
        }
        return settings.sources(profile: try settings.profile(invocation))
    }

    private static func commandIsMissing(_ invocation: Parser.Invocation) -> UsageProblem {
        let names = invocation.command.subcommands.filter { !$0.isHidden }.map(\.name)
        return UsageProblem(
            path: invocation.names, message: "a command is missing",
            hint: "its commands are " + names.joined(separator: ", "))
    }

    private static func report(_ message: String, _ hint: String?) {
        let terminal = Terminal(descriptor: 2, color: .auto)
        let messages = Messages(level: .normal, terminal: terminal)
        messages.error(Terminal.printable(message), style: .bold)
        for line in hint?.split(separator: "\n") ?? [] { messages.error(Terminal.printable(String(line))) }
    }
}
