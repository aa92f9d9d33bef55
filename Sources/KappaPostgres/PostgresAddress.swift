import CLibPQ
import KappaStores

/// Reads connection strings with libpq's own parser, for what may be shown of them.
enum PostgresAddress {
    /// What the words say, by libpq's keywords; nil where libpq cannot read them.
    static func parts(of conninfo: String) -> [String: String]? {
        guard let options = PQconninfoParse(conninfo, nil) else { return nil }
        defer { PQconninfoFree(options) }
        var parts: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parts[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return parts
    }

    /// Built from the parts that are fit to be shown, never by cutting the others out.
    static func name(of conninfo: String) -> String {
        guard let parts = parts(of: conninfo) else { return "postgres:" }
        if let service = parts["service"] { return "postgres:service=\(service)" }
        let user = parts["user"].map { "\($0)@" } ?? ""
        let port = parts["port"].map { ":\($0)" } ?? ""
        let database = parts["dbname"].map { "/\($0)" } ?? ""
        return "postgres://\(user)\(parts["host"] ?? parts["hostaddr"] ?? "")\(port)\(database)"
    }
}
