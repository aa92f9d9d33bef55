import Glibc
import KappaArguments

extension ValueSource {
    /// `KAPPA_WINDOW` for `--window`; an empty one counts as unset.
    static let environment = ValueSource { option, _ in
        guard let name = option.environmentName, let value = getenv(name), value.pointee != 0 else { return nil }
        return ([String(cString: value)], .environment(name))
    }
}
