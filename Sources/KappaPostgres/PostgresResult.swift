import CLibPQ
import KappaStores

/// The answer to one statement; freed with its last owner.
final class PostgresResult {
    let handle: OpaquePointer

    /// Takes over what libpq handed out.
    init(owning handle: OpaquePointer) { self.handle = handle }

    deinit { PQclear(handle) }

    var status: ExecStatusType { PQresultStatus(handle) }
    var rowCount: Int { Int(PQntuples(handle)) }
    var columnCount: Int { Int(PQnfields(handle)) }

    /// How many rows an INSERT, UPDATE or DELETE met.
    var affectedRows: Int { Int(String(cString: PQcmdTuples(handle))) ?? 0 }

    func text(_ row: Int, _ column: Int) -> String? {
        guard PQgetisnull(handle, Int32(row), Int32(column)) == 0 else { return nil }
        return String(cString: PQgetvalue(handle, Int32(row), Int32(column)))
    }

    func integer(_ row: Int, _ column: Int) -> Int64? { text(row, column).flatMap { Int64($0) } }

    func bytes(_ row: Int32, _ column: Int32) -> UnsafeRawBufferPointer? {
        guard PQgetisnull(handle, row, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(handle, row, column), count: Int(PQgetlength(handle, row, column)))
    }

    /// The SQLSTATE of a failed statement.
    var state: String? {
        PQresultErrorField(handle, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
    }

    /// The server's sentence, without the statement that it was about.
    var message: String {
        guard let primary = PQresultErrorField(handle, Int32(UInt8(ascii: "M"))) else {
            return String(cString: PQresultErrorMessage(handle)).trimmed
        }
        let detail = PQresultErrorField(handle, Int32(UInt8(ascii: "D"))).map { " (\(String(cString: $0)))" }
        return String(cString: primary) + (detail ?? "")
    }
}

extension String {
    /// Without the line ends that libpq closes its sentences with.
    var trimmed: String {
        let lines = split(whereSeparator: \.isNewline).map { line in
            var line = line.drop { $0.isWhitespace }
            while line.last?.isWhitespace == true { line.removeLast() }
            return String(line)
        }
        return lines.filter { !$0.isEmpty }.joined(separator: "; ")
    }
}
