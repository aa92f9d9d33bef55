import Glibc
import KappaCommands

exit(Program.main(Array(CommandLine.arguments.dropFirst())))
