/// How fast time passes in a replay: as it was, so many times faster, or not at all minded.
package struct ReplaySpeed: Sendable, Equatable {
    /// Nil is as fast as it goes.
    package var factor: Double?

    package init(factor: Double? = nil) {
        self.factor = factor
    }

    package static let most = ReplaySpeed(factor: nil)

    package var word: String { factor.map { $0 == 1 ? "realtime" : "\($0)x" } ?? "max" }
}
