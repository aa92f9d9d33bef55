/// A regular expression whose matching takes time in proportion to the text, whatever the pattern: both come from
/// clients. It knows what RE2 and Java have in common: literals, `.`, classes, groups, `|`, `*`, `+`, `?`, `{m,n}` and
/// `\d \w \s` with their negations. A match is always of the whole text.
struct LinearPattern {
    private enum Step {
        case one(Characters)
        case split(Int, Int)
        case jump(Int)
        case end
    }

    /// Ranges of characters, or all others.
    private struct Characters {
        var ranges: [ClosedRange<UInt32>] = []
        var isNegated = false

        func contains(_ scalar: Unicode.Scalar) -> Bool {
            ranges.contains { $0.contains(scalar.value) } != isNegated
        }
    }

    private indirect enum Tree {
        case empty
        case one(Characters)
        case sequence([Tree])
        case choice([Tree])
        case times(Tree, least: Int, most: Int?)
    }

    private static let longestText = 10_000
    private static let mostSteps = 500
    private var steps: [Step] = []

    /// Nil where the text is no pattern of this kind, or one that is too large.
    init?(_ text: String) {
        guard text.utf8.count <= LinearPattern.longestText else { return nil }
        var parser = Parser(Array(text.unicodeScalars))
        guard let tree = parser.choice(depth: 0), parser.isAtEnd, emit(tree) else { return nil }
        steps.append(.end)
    }

    func matches(_ text: String) -> Bool {
        var current: [Int] = []
        var marks = [Int](repeating: -1, count: steps.count)
        add(0, to: &current, &marks, at: 0)
        for (index, scalar) in text.unicodeScalars.enumerated() {
            var next: [Int] = []
            for state in current {
                if case .one(let set) = steps[state], set.contains(scalar) {
                    add(state + 1, to: &next, &marks, at: index + 1)
                }
            }
            current = next
            if current.isEmpty { return false }
        }
        return current.contains { if case .end = steps[$0] { true } else { false } }
    }

    /// A state and all that follow it without a character; each once for each place of the text.
    private func add(_ first: Int, to states: inout [Int], _ marks: inout [Int], at place: Int) {
        var waiting = [first]
        while let state = waiting.popLast() {
            guard marks[state] != place else { continue }
            marks[state] = place
            switch steps[state] {
            case .jump(let target): waiting.append(target)
            case .split(let left, let right): waiting += [right, left]
            case .one, .end: states.append(state)
            }
        }
    }

    // MARK: The program

    private mutating func emit(_ tree: Tree) -> Bool {
        guard steps.count < LinearPattern.mostSteps else { return false }
        switch tree {
        case .empty: return true
        case .one(let set):
            steps.append(.one(set))
            return true
        case .sequence(let parts): return parts.allSatisfy { emit($0) }
        case .choice(let parts): return emitChoice(parts[...])
        case .times(let part, let least, let most):
            for _ in 0..<least { guard emit(part) else { return false } }
            guard let most else { return emitStar(part) }
            for _ in least..<max(least, most) {
                let split = steps.count
                steps.append(.end)
                guard emit(part) else { return false }
                steps[split] = .split(split + 1, steps.count)
            }
            return true
        }
    }

    private mutating func emitStar(_ part: Tree) -> Bool {
        let split = steps.count
        steps.append(.end)
        guard emit(part) else { return false }
        steps.append(.jump(split))
        steps[split] = .split(split + 1, steps.count)
        return true
    }

    private mutating func emitChoice(_ parts: ArraySlice<Tree>) -> Bool {
        guard let first = parts.first else { return true }
        guard parts.count > 1 else { return emit(first) }
        let split = steps.count
        steps.append(.end)
        guard emit(first) else { return false }
        let jump = steps.count
        steps.append(.end)
        steps[split] = .split(split + 1, steps.count)
        guard emitChoice(parts.dropFirst()) else { return false }
        steps[jump] = .jump(steps.count)
        return true
    }
}

extension LinearPattern {
    /// Reads the pattern from left to right.
    private struct Parser {
        private let text: [Unicode.Scalar]
        private var index = 0
        private static let deepest = 100

        init(_ text: [Unicode.Scalar]) { self.text = text }

        var isAtEnd: Bool { index == text.count }
        private var next: Unicode.Scalar? { index < text.count ? text[index] : nil }

        private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard next == scalar else { return false }
            index += 1
            return true
        }

        mutating func choice(depth: Int) -> Tree? {
            guard depth < Parser.deepest else { return nil }
            var parts: [Tree] = []
            repeat {
                guard let part = sequence(depth) else { return nil }
                parts.append(part)
            } while take("|")
            return parts.count == 1 ? parts[0] : .choice(parts)
        }

        private mutating func sequence(_ depth: Int) -> Tree? {
            var parts: [Tree] = []
            while let scalar = next, scalar != "|", scalar != ")" {
                guard let part = item(depth), let repeated = repeated(part) else { return nil }
                parts.append(repeated)
            }
            return parts.isEmpty ? .empty : .sequence(parts)
        }

        private mutating func item(_ depth: Int) -> Tree? {
            let scalar = text[index]
            index += 1
            switch scalar {
            case "(":
                if take("?") { guard take(":") else { return nil } }
                guard let inner = choice(depth: depth + 1), take(")") else { return nil }
                return inner
            case "[": return set().map { .one($0) }
            case ".": return .one(Characters(ranges: [10...10], isNegated: true))
            case "\\": return escape().map { .one($0) }
            // The whole text is matched anyway.
            case "^" where index == 1, "$" where isAtEnd: return .empty
            case "*", "+", "?", "{", "^", "$": return nil
            default: return .one(Characters(ranges: [scalar.value...scalar.value]))
            }
        }

        private mutating func repeated(_ part: Tree) -> Tree? {
            var tree = part
            if take("*") {
                tree = .times(part, least: 0, most: nil)
            } else if take("+") {
                tree = .times(part, least: 1, most: nil)
            } else if take("?") {
                tree = .times(part, least: 0, most: 1)
            } else if take("{") {
                guard let least = number() else { return nil }
                let most = take(",") ? number() : least
                guard take("}"), least <= 1000, (most ?? least) >= least, (most ?? 0) <= 1000 else { return nil }
                tree = .times(part, least: least, most: most)
            }
            // Whether as much or as little as possible makes no difference to the whole.
            _ = take("?")
            return tree
        }

        private mutating func number() -> Int? {
            var digits = ""
            while let scalar = next, ("0"..."9").contains(scalar) {
                digits.unicodeScalars.append(scalar)
                index += 1
            }
            return Int(digits)
        }

        private mutating func escape() -> Characters? {
            guard let scalar = next else { return nil }
            index += 1
            let word: [ClosedRange<UInt32>] = [48...57, 65...90, 95...95, 97...122]
            switch scalar {
            case "d", "D": return Characters(ranges: [48...57], isNegated: scalar == "D")
            case "w", "W": return Characters(ranges: word, isNegated: scalar == "W")
            case "s", "S": return Characters(ranges: [9...13, 32...32], isNegated: scalar == "S")
            case "t": return Characters(ranges: [9...9])
            case "n": return Characters(ranges: [10...10])
            case "a"..."z", "A"..."Z", "0"..."9": return nil
            default: return Characters(ranges: [scalar.value...scalar.value])
            }
        }

        private mutating func set() -> Characters? {
            var set = Characters(isNegated: take("^"))
            var isFirst = true
            while let scalar = next, scalar != "]" || isFirst {
                isFirst = false
                index += 1
                if scalar == "\\" {
                    guard let escaped = escape(), !escaped.isNegated else { return nil }
                    set.ranges += escaped.ranges
                    continue
                }
                var last = scalar
                if next == "-", index + 1 < text.count, text[index + 1] != "]" {
                    last = text[index + 1]
                    index += 2
                }
                guard scalar.value <= last.value else { return nil }
                set.ranges.append(scalar.value...last.value)
            }
            return take("]") ? set : nil
        }
    }
}
