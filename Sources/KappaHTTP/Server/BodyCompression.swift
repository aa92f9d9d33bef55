import CZlib
import Glibc

/// gzip for bodies that are worth it and clients that take it.
package enum BodyCompression {
    private static let worthwhile = 1024

    static func compressed(_ response: HTTPResponse, _ request: HTTPRequest) -> HTTPResponse {
        guard case .bytes(let bytes) = response.body, bytes.count >= worthwhile, isText(response.contentType),
            !response.headers.contains(where: { $0.name.lowercased() == "content-encoding" }),
            accepts(request.header("accept-encoding") ?? ""), let small = gzip(bytes, level: 3)
        else { return response }
        var result = response
        result.body = .bytes(small)
        result.headers += [HTTPField("Content-Encoding", "gzip"), HTTPField("Vary", "Accept-Encoding")]
        return result
    }

    private static func isText(_ type: String) -> Bool {
        type.hasPrefix("text/") || type.contains("json") || type.contains("xml") || type.contains("javascript")
    }

    /// RFC 9110, 12.5.3: named without a weight of zero.
    package static func accepts(_ field: String) -> Bool {
        field.lowercased().split(separator: ",").contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard parts.first == "gzip" || parts.first == "*" else { return false }
            return !parts.dropFirst().contains { $0.hasPrefix("q=0") && !$0.contains { ("1"..."9").contains($0) } }
        }
    }

    /// nil where zlib has no memory.
    package static func gzip(_ bytes: [UInt8], level: Int32) -> [UInt8]? {
        var stream = z_stream()
        // 16 more window bits ask for gzip's header instead of zlib's.
        let version = zlibVersion()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, version, size) == Z_OK else {
            return nil
        }
        defer { deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let status = bytes.withUnsafeBufferPointer { input in
            output.withUnsafeMutableBufferPointer { room in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                return deflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { return nil }
        output.removeLast(output.count - Int(stream.total_out))
        return output
    }
}
