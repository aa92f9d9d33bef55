import KappaArguments

extension ValueType where Value == String {
    /// Any field may be listed; three have words that people use.
    static var listed: Self {
        ValueType("FIELD", choices: ["boreholes", "instruments", "units"].map { Choice($0) }) {
            (word) throws(ValueError) in
            guard !word.isEmpty else { throw ValueError("it names no field") }
            return word
        }
    }
}
