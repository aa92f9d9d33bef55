import CLibPQ
import CSQLite

/// The C libraries behind the stores.
package enum StoreLibraries {
    package static var sqliteVersion: String { String(cString: sqlite3_libversion()) }

    /// `15.6` out of 150006; before version 10 there were three parts.
    package static var postgresVersion: String {
        let number = Int(PQlibVersion())
        guard number < 100_000 else { return "\(number / 10_000).\(number % 10_000)" }
        return "\(number / 10_000).\(number / 100 % 100).\(number % 100)"
    }
}
