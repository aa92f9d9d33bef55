/// What the program says to its caller when it ends, a supervisor among them.
package enum ExitStatus {
    package static let done: Int32 = 0
    package static let failed: Int32 = 1
    package static let usage: Int32 = 2
    package static let unreachable: Int32 = 3
    package static let timedOut: Int32 = 4
    package static let closedPipe: Int32 = 141
}
