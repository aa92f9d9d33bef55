/// What is to happen later, by the steady clock: a binary heap, with cancelled entries dropped when they surface.
struct Timers {
    typealias Key = UInt64

    private struct Entry {
        var deadline: Int64
        var key: Key
    }

    private var heap: [Entry] = []
    private var actions: [Key: (Moment) -> Void] = [:]
    private var lastKey: Key = 0

    var count: Int { actions.count }

    mutating func schedule(at deadline: Int64, _ action: @escaping (Moment) -> Void) -> Key {
        lastKey += 1
        actions[lastKey] = action
        heap.append(Entry(deadline: deadline, key: lastKey))
        rise(heap.count - 1)
        return lastKey
    }

    mutating func cancel(_ key: Key) {
        actions[key] = nil
        // Long polls that data ends early leave their entries behind; a heap of mostly dead ones is rebuilt.
        if heap.count > 1024, heap.count > 4 * actions.count { rebuild() }
    }

    /// The deadline of the next live action.
    mutating func next() -> Int64? {
        while let first = heap.first, actions[first.key] == nil { removeFirst() }
        return heap.first?.deadline
    }

    /// The next action that is due, taken out.
    mutating func takeDue(at steady: Int64) -> ((Moment) -> Void)? {
        guard let deadline = next(), deadline <= steady else { return nil }
        let key = heap[0].key
        removeFirst()
        return actions.removeValue(forKey: key)
    }

    private mutating func rebuild() {
        let live = heap.filter { actions[$0.key] != nil }
        heap = live.sorted { $0.deadline < $1.deadline }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        sink()
    }

    private mutating func rise(_ start: Int) {
        var index = start
        while index > 0, heap[index].deadline < heap[(index - 1) / 2].deadline {
            heap.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    private mutating func sink() {
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            guard least != index else { return }
            heap.swapAt(index, least)
            index = least
        }
    }
}
