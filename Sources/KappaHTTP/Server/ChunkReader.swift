/// The chunks of a request's body (RFC 9112, 7.1), as strictly as its head. Extensions and trailers are left out.
struct ChunkReader {
    private enum Stage: Equatable {
        case size
        case data(Int)
        case dataEnd
        case trailer
    }

    private(set) var body: [UInt8] = []
    private var stage = Stage.size
    private var trailerBytes = 0

    private static let lineLimit = 1024

    /// Takes what belongs to the body; true once it is whole.
    mutating func take(from bytes: inout [UInt8], limit: Int) throws(RequestReader.Refusal) -> Bool {
        var start = 0
        defer { bytes.removeFirst(start) }
        while true {
            switch stage {
            case .size:
                guard let line = try line(bytes, &start) else { return false }
                let size = try ChunkReader.size(line)
                guard size <= limit - body.count else { throw .init(413, "The body is too long.") }
                stage = size == 0 ? .trailer : .data(size)
            case .data(let left):
                let piece = bytes[start...].prefix(left)
                body += piece
                start += piece.count
                guard piece.count == left else {
                    stage = .data(left - piece.count)
                    return false
                }
                stage = .dataEnd
            case .dataEnd:
                guard let line = try line(bytes, &start) else { return false }
                guard line.isEmpty else { throw .init(400, "A chunk is longer than it says.") }
                stage = .size
            case .trailer:
                guard let line = try line(bytes, &start) else { return false }
                trailerBytes += line.count
                guard trailerBytes <= 8192 else { throw .init(431, "The trailer is too long.") }
                if line.isEmpty { return true }
            }
        }
    }

    /// The next line without its end; nil as long as that has not come.
    private func line(_ bytes: [UInt8], _ start: inout Int) throws(RequestReader.Refusal) -> ArraySlice<UInt8>? {
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
            guard bytes.count - start <= ChunkReader.lineLimit else { throw .init(400, "A chunk's line is too long.") }
            return nil
        }
        guard end > start, bytes[end - 1] == UInt8(ascii: "\r") else {
            throw .init(400, "A chunk's line ends without a CR.")
        }
        let line = bytes[start..<end - 1]
        guard line.count <= ChunkReader.lineLimit, !line.contains(UInt8(ascii: "\r")) else {
            throw .init(400, "A chunk's line is no good.")
        }
        start = end + 1
        return line
    }

    private static func size(_ line: ArraySlice<UInt8>) throws(RequestReader.Refusal) -> Int {
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        // `Int` would take a sign as well.
        guard digits.count <= 8, let first = digits.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw .init(400, "A chunk's size is no number.") }
        return size
    }
}
