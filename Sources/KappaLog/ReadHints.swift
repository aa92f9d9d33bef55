/// Where the last few readers stopped, so that a consumer who reads on needs no index.
struct ReadHints {
    struct Hint {
        var offset: Int64
        var segment: Int64
        var position: Int
    }

    private static let capacity = 8
    private var hints: [Hint] = []
    private var next = 0

    func find(_ offset: Int64) -> Hint? { hints.first { $0.offset == offset } }

    mutating func note(_ hint: Hint, replacing offset: Int64) {
        if let index = hints.firstIndex(where: { $0.offset == offset || $0.offset == hint.offset }) {
            hints[index] = hint
        } else if hints.count < ReadHints.capacity {
            hints.append(hint)
        } else {
            hints[next] = hint
            next = (next + 1) % ReadHints.capacity
        }
    }

    mutating func clear() { hints.removeAll() }
}
