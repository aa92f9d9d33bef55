import CPages
import Glibc
import KappaCore
package import KappaHTTP

/// The files of the page: embedded, or from a folder while somebody works on them.
///
/// Only names of the embedded table are served, so no path of a request ever becomes the name of another file.
package struct Pages: Sendable {
    private struct File: Sendable {
        var bytes: [UInt8]
        var compressed: [UInt8]?
        var tag: String
    }

    private let files: [String: File]
    /// Where the files are read anew at each request; nil serves what is embedded.
    private let folder: String?
    /// Changes with any of the files: a page that is open reloads itself then.
    package let build: String

    package init(folder: String? = nil) {
        self.folder = folder
        var files: [String: File] = [:]
        for index in 0..<kappa_page_count() {
            var count: UInt = 0
            guard let name = kappa_page_name(index), let start = kappa_page_bytes(index, &count) else { continue }
            files[String(cString: name)] = Pages.file(Array(UnsafeBufferPointer(start: start, count: Int(count))))
        }
        self.files = files
        build = Pages.tag(files.keys.sorted().flatMap { Array((files[$0]?.tag ?? "").utf8) })
    }

    package var names: [String] { files.keys.sorted() }

    package func response(_ name: String, _ request: HTTPRequest) -> HTTPResponse {
        guard var file = files[name] else { return .notFound }
        if let folder {
            guard let bytes = Pages.read("\(folder)/\(name)") else {
                return HTTPResponse(status: 404, text: "\(name) cannot be read from \(folder).\n")
            }
            file = Pages.file(bytes)
        }
        let tag = "\"\(file.tag)\""
        if request.header("if-none-match") == tag {
            return HTTPResponse(status: 304, contentType: "", body: []).with("ETag", tag)
        }
        let takesGzip = BodyCompression.accepts(request.header("accept-encoding") ?? "")
        var response = HTTPResponse(contentType: Pages.type(name), body: file.bytes)
        if takesGzip, let compressed = file.compressed {
            response.body = .bytes(compressed)
            response.headers = [HTTPField("Content-Encoding", "gzip")]
        }
        // A changed program shows its own page at once: the tag says whether anything has changed.
        return response.with("Vary", "Accept-Encoding").with("ETag", tag).with("Cache-Control", "no-cache")
    }

    private static func file(_ bytes: [UInt8]) -> File {
        File(bytes: bytes, compressed: BodyCompression.gzip(bytes, level: 9), tag: tag(bytes))
    }

    private static func tag(_ bytes: [UInt8]) -> String {
        // FNV-1a: it tells versions apart, and has no enemy.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 36)
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return bytes
    }

    private static func type(_ name: String) -> String {
        switch name.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}
