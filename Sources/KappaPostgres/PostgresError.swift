import KappaStores

extension StoreError {
    /// What a SQLSTATE means for the one who has to go on: PostgreSQL's appendix of error codes, by class.
    init(state: String?, message: String, store: String) {
        let code: Code
        switch state ?? "08000" {
        case "23505": code = .duplicateKey
        case "57P01", "57P02", "57P03", "57P05", "25P03": code = .connection
        case let state where state.hasPrefix("08"): code = .connection
        case "55P03", "55006": code = .tryAgain
        // A full disk is among these: it is waited out, and said, rather than taken for a bad row.
        case let state where ["40", "53", "57", "58"].contains(state.prefix(2)): code = .tryAgain
        case let state where ["22", "23", "54", "P0", "44"].contains(state.prefix(2)): code = .refusedData
        case "42P01", "42703", "3F000": code = .schema
        default: code = .failed
        }
        self.init(code, message, of: store, state: state)
    }
}
