import KappaArguments

extension ValueSource {
    /// `KAPPA_WINDOW` for `--window`; an empty one counts as unset.
    static let environment = ValueSource { option, _ in
        guard let name = option.environmentName, let value = Environment.value(name) else { return nil }
        return ([value], .environment(name))
    }
}
