/// A half-open span of event time: a reading at `end` belongs to the next one.
package struct Window: Hashable, Sendable {
    package var start: Timestamp
    package var end: Timestamp

    @inlinable
    package init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// The window of `sizeMilliseconds` that holds `time`: `[floor(t / size) * size, +size)`.
    @inlinable
    package init(holding time: Timestamp, sizeMilliseconds: Int64) {
        let index = time.milliseconds.flooredQuotientAndRemainder(dividingBy: sizeMilliseconds).quotient
        self.init(
            start: Timestamp(milliseconds: index * sizeMilliseconds),
            end: Timestamp(milliseconds: (index + 1) * sizeMilliseconds))
    }
}
