import Glibc

// KappaTerminal: everything that meets the terminal. Data goes to standard output in one of four formats, words go to
// standard error. Nothing here knows what a command is.

/// How data is written on standard output.
package enum OutputFormat: String, CaseIterable, Sendable {
    case table, json, ndjson, csv
}

/// The one writer of standard output: a table for people, or JSON, NDJSON or CSV for programs.
///
/// It belongs to one thread. What is written is kept until `flush`, 64 KiB, or the end of a line on a terminal.
package final class Output {
    package let format: OutputFormat
    package let terminal: Terminal
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    package init(format: OutputFormat, terminal: Terminal, descriptor: Int32 = 1) {
        self.format = format
        self.terminal = terminal
        self.descriptor = descriptor
    }

    /// Rows of one kind: `topics`, `lag`. The kind is the name of the list in the JSON envelope.
    ///
    /// With `streaming` the rows are written as they come, and a table keeps the widths of its titles and `minimum`s. A
    /// row that cannot be made to fit the terminal becomes lines of `name  value`.
    package func rows(
        _ kind: String, _ columns: [Column], streaming: Bool = false, _ body: (inout Rows) throws -> Void
    ) throws {
        var rows = Rows(output: self, kind: kind, columns: columns, streaming: streaming)
        try rows.begin()
        try body(&rows)
        try rows.end()
        try flush()
    }

    /// One thing with named parts: lines of `name  value` for people, one object for programs.
    package func record(_ kind: String, _ parts: [(column: Column, cell: Cell)]) throws {
        if format == .table {
            let width = parts.map { TextWidth.of($0.column.title) }.max() ?? 0
            for (column, cell) in parts {
                let title = TextWidth.padded(column.title.lowercased(), to: width)
                try line("\(terminal.style(title, .dim))  \(cell.text(terminal))")
            }
            return try flush()
        }
        var rows = Rows(output: self, kind: kind, columns: parts.map(\.column), streaming: false, isSingle: true)
        try rows.begin()
        try rows.add(parts.map(\.cell))
        try rows.end()
        try flush()
    }

    package func line(_ text: String) throws(OutputError) {
        try write(text)
        try write("\n")
        if terminal.isTerminal { try flush() }
    }

    package func write(_ text: String) throws(OutputError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= 65_536 { try flush() }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= 65_536 { try flush() }
    }

    /// Whether the reader has gone: a command that waits for more to write asks, since only a write would tell it.
    package var isClosed: Bool {
        var poller = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&poller, 1, 0) > 0 && poller.revents & Int16(POLLERR | POLLHUP) != 0
    }

    package func flush() throws(OutputError) {
        defer { buffer.removeAll(keepingCapacity: true) }
        var written = 0
        while written < buffer.count {
            let count = buffer.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno == EPIPE {
                throw .closed
            } else if errno == EAGAIN {
                var poller = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&poller, 1, -1)
            } else if errno != EINTR {
                throw .refused(String(cString: strerror(errno)))
            }
        }
    }
}
