import Glibc
import KappaCore

/// Cuts a stream of bytes into records at a delimiter, without a copy or an allocation per record.
package struct RecordSplitter: ~Copyable {
    /// A record beyond this is refused rather than held in memory.
    static let largestRecord = 256 << 20

    /// Linux's F_SETPIPE_SZ, which the C headers give away only to GNU sources.
    package static let setPipeSize: Int32 = 1031

    private let delimiter: [UInt8]
    private var buffer: UnsafeMutableRawBufferPointer
    /// Bytes read and not yet given out begin at `start`.
    private var start = 0
    private var end = 0
    package private(set) var isAtEnd = false

    package init(delimiter: [UInt8]) {
        precondition(!delimiter.isEmpty)
        self.delimiter = delimiter
        buffer = .allocate(byteCount: 1 << 20, alignment: 64)
    }

    deinit { buffer.deallocate() }

    /// Reads once from `descriptor`, and says what went wrong. EAGAIN and EINTR count as nothing read.
    package mutating func fill(from descriptor: Int32) -> RecordFailure? {
        guard !isAtEnd else { return nil }
        makeRoom()
        guard buffer.count - end > 0 else { return .tooLong(RecordSplitter.largestRecord) }
        let count = read(descriptor, buffer.baseAddress! + end, buffer.count - end)
        guard count >= 0 else { return errno == EINTR || errno == EAGAIN ? nil : .unreadable(errno) }
        end += count
        isAtEnd = count == 0
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
        while start < end, let found = find() {
            let record = UnsafeRawBufferPointer(start: buffer.baseAddress! + start, count: found - start)
            start = found + delimiter.count
            try body(record)
        }
        guard isAtEnd, start < end else { return }
        let record = UnsafeRawBufferPointer(start: buffer.baseAddress! + start, count: end - start)
        start = end
        try body(record)
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

/// What can be wrong with a record or the stream that it stands in.
package enum RecordFailure: Error, Equatable {
    case tooLong(Int)
    case unreadable(Int32)
    /// The record itself: what is wrong with it.
    case malformed(String)

    package var message: String {
        switch self {
        case .tooLong(let bytes): "a record of more than \(ByteCount(bytes: bytes)) without a delimiter"
        case .unreadable(let code): String(cString: strerror(code))
        case .malformed(let what): what
        }
    }
}
