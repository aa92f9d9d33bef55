extension Optional where Wrapped == [UInt8] {
    /// Lends the bytes; null stays null.
    package func withOptionalBytes<Answer>(_ body: (UnsafeRawBufferPointer?) throws -> Answer) rethrows -> Answer {
        guard let bytes = self else { return try body(nil) }
        return try bytes.withUnsafeBytes { try body($0) }
    }
}
