import KappaCore
import KappaStores

/// Room for the texts of a row's times while the row is bound.
final class TimeTexts {
    private static let width = 32
    private var places = 4
    private var base = UnsafeMutableRawPointer.allocate(byteCount: width * 4, alignment: 8)

    deinit { base.deallocate() }

    /// Room for a row of so many fields; texts that were written before are gone.
    func makeRoom(_ count: Int) {
        guard count > places else { return }
        base.deallocate()
        places = count
        base = .allocate(byteCount: TimeTexts.width * count, alignment: 8)
    }

    /// The text of a time, valid until the same `place` is used again.
    func text(_ milliseconds: Int64, at place: Int) -> UnsafeRawBufferPointer {
        let room = UnsafeMutableRawBufferPointer(start: base + place * TimeTexts.width, count: TimeTexts.width)
        let count = Timestamp(milliseconds: milliseconds).write(rfc3339: room)
        return UnsafeRawBufferPointer(rebasing: room[..<count])
    }
}
