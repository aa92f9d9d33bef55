import KappaCore

/// How much of the input has been sent: by its bytes, where their number is known.
struct InputProgress: ~Copyable {
    private let total: Int64?
    private var taken: Int64 = 0
    private var progress: Progress

    init(bytes total: Int64?, voice: Voice) {
        self.total = total
        progress = Progress("produced", voice: voice)
    }

    mutating func took(_ bytes: Int) { taken += Int64(bytes) }

    mutating func update(sent: Int) {
        progress.update(Int64(sent), share: total.map { $0 > 0 ? min(1, Double(taken) / Double($0)) : 1 })
    }

    mutating func end() { progress.end() }
}
