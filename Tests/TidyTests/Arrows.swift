/// The arrows between the rooms as Package.swift declares them: what each may import.
struct Arrows {
    /// By the name of the room: Package.swift is the one place where an arrow is drawn.
    let byRoom: [String: Set<String>]

    /// Reads `room("Name", ["Other", …])` and `.executableTarget(name: "kappa", dependencies: […])`.
    init(package text: String) {
        var byRoom: [String: Set<String>] = [:]
        for call in ["room(", ".executableTarget("] {
            for start in text.ranges(of: call) where !text[..<start.lowerBound].hasSuffix("func ") {
                let words = Arrows.quoted(in: text[start.upperBound...])
                guard let name = words.first else { continue }
                byRoom[name] = Set(words.dropFirst())
            }
        }
        self.byRoom = byRoom
    }

    /// The quoted words up to the parenthesis that ends the call.
    private static func quoted(in text: Substring) -> [String] {
        var words: [String] = []
        var depth = 1
        var word: String?
        for character in text {
            switch (character, word) {
            case ("\"", .some(let said)):
                words.append(said)
                word = nil
            case ("\"", nil): word = ""
            case (_, .some(let said)): word = said + String(character)
            case ("(", nil): depth += 1
            case (")", nil): depth -= 1
            default: break
            }
            if depth == 0 { break }
        }
        return words
    }

    /// A circle of arrows, where there is one.
    static func circle(in arrows: [String: Set<String>]) -> [String]? {
        var done: Set<String> = []
        func search(_ name: String, _ path: [String]) -> [String]? {
            if let start = path.firstIndex(of: name) { return Array(path[start...]) + [name] }
            guard !done.contains(name) else { return nil }
            for next in (arrows[name] ?? []).sorted() {
                if let found = search(next, path + [name]) { return found }
            }
            done.insert(name)
            return nil
        }
        for name in arrows.keys.sorted() {
            if let found = search(name, []) { return found }
        }
        return nil
    }
}
