import Glibc

/// A few lines on standard error that are drawn anew in their place, under what was said before.
///
/// It belongs to one thread; whoever says something else takes the block away first.
package final class LiveBlock {
    private let descriptor: Int32
    private var drawn: [String] = []

    package init(descriptor: Int32 = 2) { self.descriptor = descriptor }

    /// Shows these lines in place of the last ones; none takes the block away.
    package func show(_ lines: [String]) {
        let width = max(20, Terminal.columns(descriptor) - 1)
        var text = eraser
        drawn = lines.map { String($0.prefix(width)) }
        for line in drawn { text += "\(line)\n" }
        put(text)
    }

    /// Back to the block's first row: in a terminal that became narrower its lines take several rows each.
    private var eraser: String {
        guard !drawn.isEmpty else { return "" }
        let width = max(1, Terminal.columns(descriptor))
        let rows = drawn.reduce(0) { $0 + max(1, ($1.count + width - 1) / width) }
        return "\r\u{1B}[\(rows)A\u{1B}[J"
    }

    private func put(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
