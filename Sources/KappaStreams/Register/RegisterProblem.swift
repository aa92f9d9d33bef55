/// Why a register is refused, with the line that is at fault.
package struct RegisterProblem: Error, Equatable, CustomStringConvertible {
    /// Nil for what concerns the file as a whole.
    package var line: Int?
    package var message: String

    package init(line: Int?, _ message: String) {
        self.line = line
        self.message = message
    }

    package var description: String { line.map { "line \($0): \(message)" } ?? message }
}
