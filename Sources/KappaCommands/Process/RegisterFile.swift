import KappaCore
import KappaStreams

/// A register as it lies on disk.
enum RegisterFile {
    /// Refuses a file with a fault, naming its line.
    static func read(_ path: String, key: [FieldRule]) throws -> Register {
        let text = try TextFile.read(path)
        do throws(RegisterProblem) { return try Register(text: text, key: key) } catch {
            throw UsageError(
                "--register: \(path), \(error)", hint: "'kappa alarms check \(path)' shows every error of the file")
        }
    }
}
