import Glibc
import KappaCommands

let status = Program.main(Array(ProcessArguments.all.dropFirst()))
fflush(nil)
// Not `exit`: it takes apart what a thread of a library, left behind in a handle that would not end, still uses.
_exit(status)
