/// What has come of an answer so far; libcurl's callbacks write into it.
final class Transfer {
    private(set) var body: [UInt8] = []
    private(set) var headers: [String: String] = [:]
    private(set) var isTooLong = false
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// How many bytes were taken; fewer than offered makes libcurl give up.
    func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= limit else {
            isTooLong = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    /// One line; a status line begins the next answer, after a redirect say.
    func receive(header bytes: UnsafeRawBufferPointer) -> Int {
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") { headers = [:] }
        if let colon = line.firstIndex(of: ":") {
            let value = line[line.index(after: colon)...].drop { $0.isWhitespace }
            headers[line[..<colon].lowercased()] = String(value.prefix { !$0.isNewline })
        }
        return bytes.count
    }
}
