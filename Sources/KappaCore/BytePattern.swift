import Glibc

/// A POSIX extended regular expression over bytes, compiled once.
///
/// `@unchecked Sendable`: a compiled expression is only read, and glibc's matcher locks for itself.
package final class BytePattern: @unchecked Sendable {
    private let compiled: UnsafeMutablePointer<regex_t>

    /// - Parameter isAnchored: the whole text has to match, not a part of it.
    package init(_ expression: String, isAnchored: Bool = false) throws(WordError) {
        let compiled = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        let whole = isAnchored ? "^(\(expression))$" : expression
        let code = regcomp(compiled, whole, REG_EXTENDED)
        guard code != 0 else {
            self.compiled = compiled
            return
        }
        var text = [CChar](repeating: 0, count: 200)
        regerror(code, compiled, &text, text.count)
        compiled.deallocate()
        let said = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        throw WordError("'\(expression)' is not a regular expression: \(said)")
    }

    deinit {
        regfree(compiled)
        compiled.deallocate()
    }

    package func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let base = bytes.baseAddress else { return matches("") }
        var range = regmatch_t(rm_so: 0, rm_eo: regoff_t(clamping: bytes.count))
        // REG_STARTEND takes the text by its range, so it needs no zero at its end.
        return regexec(compiled, base.assumingMemoryBound(to: CChar.self), 1, &range, REG_STARTEND) == 0
    }

    package func matches(_ text: String) -> Bool {
        regexec(compiled, text, 0, nil, 0) == 0
    }
}
