import Glibc
import KappaTestSupport

/// A file of the package, with its path from the root.
struct SourceFile: Sendable {
    let path: String
    let lines: [Substring]

    /// The folder beneath Sources or Tests.
    var room: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    var imports: [(line: Int, module: String)] {
        lines.enumerated().compactMap { index, line in
            let words = line.split(separator: " ").drop { $0 == "package" || $0 == "private" || $0.hasPrefix("@") }
            guard words.first == "import", words.count >= 2 else { return nil }
            let named = words.dropFirst().first { !["struct", "class", "enum", "func", "var"].contains($0) }
            return named.map { (index + 1, String($0.prefix { $0 != "." })) }
        }
    }

    /// The lines that are not comments, numbered from 1.
    var code: [(number: Int, line: Substring)] {
        lines.enumerated().compactMap { index, line in
            line.drop { $0 == " " }.hasPrefix("//") ? nil : (index + 1, line)
        }
    }

    static func all(under folder: String) -> [SourceFile] {
        let root = Kappa.packageRoot
        return paths("\(root)/\(folder)").filter { $0.hasSuffix(".swift") }.sorted().map { path in
            let text = read(path)
            return SourceFile(
                path: String(path.dropFirst(root.count + 1)),
                lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    /// A file of the package, by its path from the root.
    static func text(of path: String) -> String { read("\(Kappa.packageRoot)/\(path)") }

    private static func paths(_ folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [folder] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { found += paths("\(folder)/\(name)") }
        }
        return found
    }

    private static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
