import Glibc
import KappaTestSupport

/// The programs of other houses that the tests use.
enum Clients {
    /// What `make test` prepares, or what `KAPPA_TEST_PYTHON` names.
    static let python: String? = {
        let named = getenv("KAPPA_TEST_PYTHON").map { String(cString: $0) }
        return [named, "\(Kappa.packageRoot)/.build/venv/bin/python"].compactMap { $0 }
            .first { access($0, X_OK) == 0 }
    }()

    static let openssl: String? = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first { access($0, X_OK) == 0 }

    static let kcat: String? = ["/usr/bin/kcat", "/usr/local/bin/kcat"].first { access($0, X_OK) == 0 }
}
