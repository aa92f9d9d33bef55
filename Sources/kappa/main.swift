import Glibc
import KappaCommands

exit(Kappa.main(Array(CommandLine.arguments.dropFirst())))
