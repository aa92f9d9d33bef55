import Glibc
import KappaArguments
import KappaCore
import KappaTerminal

/// The program: words in, exit status out.
package enum Program {
    package static func main(_ arguments: [String]) -> Int32 {
        // A closed pipe or socket is an error of the write, not the end of the program.
        signal(SIGPIPE, SIG_IGN)
        Lifeline.watch()
        do {
            return try run(arguments)
        } catch OutputError.closed {
            return ExitStatus.closedPipe
        } catch let problem as UsageProblem {
            report("\(problem.path.joined(separator: " ")): \(problem.message)", problem.hint)
            return ExitStatus.usage
        } catch let failure as any Failure {
            if case .interrupted(let signal) = failure.kind { return 128 + signal }
            report("kappa: \(failure.message)", failure.hint)
            return ExitStatus.of(failure.kind)
        } catch {
            report("kappa: \(error)", nil)
            return ExitStatus.failed
        }
    }

    private static func run(_ arguments: [String]) throws -> Int32 {
        let invocation = try Parser.parse(arguments, root: CommandRegistry.root)
        if let answer = try HelpRequest.answer(invocation) { return answer }
        let values = try Values(invocation, sources: [.environment])
        guard let action = invocation.command.action else {
            throw UsageProblem(
                path: invocation.names, message: "a command is missing",
                hint: "its commands are "
                    + invocation.command.subcommands.filter { !$0.isHidden }.map(\.name).joined(separator: ", "))
        }
        try action(values)
        return ExitStatus.done
    }

    private static func report(_ message: String, _ hint: String?) {
        let terminal = Terminal(descriptor: 2, color: .auto)
        let messages = Messages(level: .normal, terminal: terminal)
        messages.error(terminal.style(message, .bold) + (hint.map { "\n\($0)" } ?? ""))
    }
}
