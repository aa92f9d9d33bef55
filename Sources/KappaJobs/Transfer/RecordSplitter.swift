import Glibc
import KappaCore

/// Cuts a stream of bytes into records at a delimiter, without a copy or an allocation per record.
///
/// Text, as editors of every system write it, may begin with UTF-8's byte order mark and end its lines with CR LF:
/// neither belongs to a record. UTF-16 is refused.
package struct RecordSplitter: ~Copyable {
    /// A record beyond this is refused rather than held in memory.
    static let largestRecord = 256 << 20

    /// Linux's F_SETPIPE_SZ, which the C headers give away only to GNU sources.
    package static let setPipeSize: Int32 = 1031

    private let delimiter: [UInt8]
    private let isText: Bool
    /// Whether the beginning of a text has yet to be looked at.
    private var isAtStart: Bool
    private var buffer: UnsafeMutableRawBufferPointer
    /// Bytes read and not yet given out begin at `start`.
    private var start = 0
    private var end = 0
    package private(set) var isAtEnd = false

    package init(delimiter: [UInt8], isText: Bool = false) {
        precondition(!delimiter.isEmpty)
        self.delimiter = delimiter
        (self.isText, isAtStart) = (isText, isText)
        buffer = .allocate(byteCount: 1 << 20, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// Bytes that have been read and not yet given out.
    var held: Int { end - start }

    /// Reads once from `descriptor`, and says what went wrong. EAGAIN and EINTR count as nothing read.
    package mutating func fill(from descriptor: Int32) -> RecordFailure? {
        guard !isAtEnd else { return nil }
        makeRoom()
        guard buffer.count - end > 0 else { return .tooLong(RecordSplitter.largestRecord) }
        let count = read(descriptor, buffer.baseAddress! + end, buffer.count - end)
        guard count >= 0 else { return errno == EINTR || errno == EAGAIN ? nil : .unreadable(errno) }
        end += count
        isAtEnd = count == 0
        return isAtStart ? lookAtStart() : nil
    }

    /// A few bytes may not say yet how a text begins; until they do, nothing is given out.
    private mutating func lookAtStart() -> RecordFailure? {
        let first = buffer[start..<end].prefix(4)
        let isOpen = first.contains(0) || TextEncoding.mark.starts(with: first)
        guard first.count == 4 || isAtEnd || !isOpen else { return nil }
        if TextEncoding.isUTF16(first) { return .malformed("the text is saved as UTF-16; save it as UTF-8") }
        isAtStart = false
        if first.starts(with: TextEncoding.mark) { start += TextEncoding.mark.count }
        return nil
    }

    private mutating func makeRoom() {
        if start > 0 {
            memmove(buffer.baseAddress!, buffer.baseAddress! + start, end - start)
            end -= start
            start = 0
        }
        guard end == buffer.count, buffer.count < RecordSplitter.largestRecord else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 64)
        memcpy(larger.baseAddress!, buffer.baseAddress!, end)
        buffer.deallocate()
        buffer = larger
    }

    /// Gives out each whole record; after the end of the stream also what stands behind the last delimiter.
    package mutating func drain(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        guard !isAtStart else { return }
        while start < end, let found = find() {
            let record = record(upTo: found)
            start = found + delimiter.count
            try body(record)
        }
        guard isAtEnd, start < end else { return }
        let record = record(upTo: end)
        start = end
        try body(record)
    }

    /// Gives out everything that has been read, for what cuts it by itself; the body says how many bytes it took.
    package mutating func take(_ body: (UnsafeRawBufferPointer, _ isAtEnd: Bool) throws -> Int) rethrows {
        guard !isAtStart else { return }
        start += try body(UnsafeRawBufferPointer(rebasing: buffer[start..<end]), isAtEnd)
    }

    private func record(upTo place: Int) -> UnsafeRawBufferPointer {
        let hasReturn = isText && place > start && buffer[place - 1] == UInt8(ascii: "\r")
        return UnsafeRawBufferPointer(start: buffer.baseAddress! + start, count: place - start - (hasReturn ? 1 : 0))
    }

    private func find() -> Int? {
        let base = UnsafeRawPointer(buffer.baseAddress!)
        var from = start
        while let found = memchr(base + from, Int32(delimiter[0]), end - from) {
            let at = UnsafeRawPointer(found) - base
            guard delimiter.count > 1 else { return at }
            guard at + delimiter.count <= end else { return nil }
            if memcmp(base + at, delimiter, delimiter.count) == 0 { return at }
            from = at + 1
        }
        return nil
    }
}
