import Glibc
import KappaCommands

exit(0)
