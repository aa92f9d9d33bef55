/// Which folders of a room use which others, read from the names of the types that they declare.
///
/// A room's own files, outside of any folder, are what its folders share; they are left out. So are members of
/// extensions, which have no name of their own to be known by.
struct FolderArrows {
    /// The types that make each arrow.
    private(set) var types: [String: [String: Set<String>]] = [:]

    var arrows: [String: Set<String>] { types.mapValues { Set($0.keys) } }

    init(_ files: [SourceFile]) {
        var homes: [String: Set<String>] = [:]
        for file in files {
            for line in file.code.map(\.line) {
                if let name = FolderArrows.declared(line) { homes[name, default: []].insert(file.folder) }
            }
        }
        for file in files where !file.folder.isEmpty {
            for name in FolderArrows.words(file) {
                guard let found = homes[name], !found.contains(file.folder) else { continue }
                for folder in found where !folder.isEmpty {
                    types[file.folder, default: [:]][folder, default: []].insert(name)
                }
            }
        }
    }

    /// The type that a line at the left margin declares for others to use.
    private static func declared(_ line: Substring) -> String? {
        guard let first = line.first, first != " " else { return nil }
        let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        guard !words.contains("fileprivate"), words.first != "private", words.first != "extension",
            let at = words.firstIndex(where: { ["struct", "class", "enum", "protocol", "typealias"].contains($0) }),
            at + 1 < words.count
        else { return nil }
        return String(words[at + 1])
    }

    /// The line without its texts; one that has code in its texts is left as it is.
    private static func withoutTexts(_ line: Substring) -> String {
        guard !line.contains("\\(") else { return String(line) }
        return line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }.joined(separator: " ")
    }

    private static func words(_ file: SourceFile) -> Set<String> {
        var found: Set<String> = []
        for line in file.code.map(\.line) {
            for word in withoutTexts(line).split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
            where word.first?.isUppercase == true {
                found.insert(String(word))
            }
        }
        return found
    }
}

extension SourceFile {
    /// The folder within its room; empty for a file that lies in the room itself.
    var folder: String {
        let parts = path.split(separator: "/")
        return parts.count > 3 ? String(parts[2]) : ""
    }
}
