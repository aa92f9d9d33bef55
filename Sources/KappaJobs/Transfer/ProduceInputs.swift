import Glibc
import KappaCore

/// The files to read, each checked before anything is sent.
package struct ProduceInputs {
    struct Input {
        /// As errors name it.
        var name: String
        /// Nil for standard input.
        var path: String?
    }

    let inputs: [Input]

    package init(_ files: [String], repeats: Int) throws {
        let once = files.isEmpty ? ["-"] : files
        guard repeats == 1 || !once.contains("-") else {
            throw JobFailure(usage: "--repeat reads files again, and standard input comes only once")
        }
        for file in once where file != "-" { try ProduceInputs.check(file) }
        let list = once.map { Input(name: $0 == "-" ? "standard input" : $0, path: $0 == "-" ? nil : $0) }
        inputs = (0..<repeats).flatMap { _ in list }
    }

    /// How much there is to read; nil where that shows only as it comes.
    var bytes: Int64? {
        var total: Int64 = 0
        for input in inputs {
            var status = stat()
            let found = input.path.map { stat($0, &status) } ?? fstat(0, &status)
            guard found == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            total += Int64(status.st_size) - (input.path == nil ? Int64(max(0, lseek(0, 0, SEEK_CUR))) : 0)
        }
        return total
    }

    private static func check(_ file: String) throws {
        var status = stat()
        guard stat(file, &status) == 0, access(file, R_OK) == 0 else {
            throw JobFailure("cannot read '\(file)': \(String(cString: strerror(errno)))", hint: "nothing was sent")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw JobFailure("cannot read '\(file)': it is a folder", hint: "nothing was sent")
        }
    }

    static func open(_ input: Input) throws -> Int32 {
        guard let path = input.path else { return 0 }
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw JobFailure("cannot read '\(path)': \(String(cString: strerror(errno)))")
        }
        return descriptor
    }
}
