import KappaCore
package import KappaTerminal

/// Lines on standard error: every word, and the books now and then.
package final class LogView: SupervisorView {
    private let messages: Messages
    private var last: (time: Duration, books: PipelineBooks)?
    private static let pause = Duration.seconds(10)

    package init(_ messages: Messages) {
        self.messages = messages
    }

    package func show(_ snapshot: PipelineSnapshot) {
        guard let last else {
            self.last = (snapshot.elapsed, snapshot.books)
            return
        }
        guard snapshot.elapsed - last.time >= LogView.pause, snapshot.books != last.books else { return }
        self.last = (snapshot.elapsed, snapshot.books)
        write(snapshot.books.sentence)
    }

    package func tell(_ line: String, of stage: String) { write("\(stage): \(Terminal.printable(line))") }
    package func say(_ text: String) { write(text) }
    package func detail(_ text: String) { messages.detail("\(LogView.clock()) \(text)") }
    package func close() {}

    private func write(_ text: String) { messages.note("\(LogView.clock()) \(text)") }

    /// The time of day, in UTC.
    static func clock() -> String { String(Timestamp.now.rfc3339.dropFirst(11).prefix(8)) }
}

/// The live screen on standard output.
package final class ScreenView: SupervisorView {
    private var painter = ScreenPainter()
    private var log: [String] = []
    private let hints: [String]
    private let messages: Messages
    private var drawn = Duration.seconds(-1)
    private var size = (columns: 0, rows: 0)
    private static let pause = Duration.milliseconds(250)

    /// What the totals are when the screen goes.
    private var last: PipelineSnapshot?

    package init(hints: [String], messages: Messages) {
        (self.hints, self.messages) = (hints, messages)
        JobControl.install()
    }

    package func show(_ snapshot: PipelineSnapshot) {
        last = snapshot
        guard !JobControl.isInBackground(1) else { return }
        if JobControl.takeGoneOn() {
            painter.forget()
            size = (0, 0)
        }
        let now = Terminal.size(1) ?? (80, 24)
        let isResized = now != size
        guard isResized || snapshot.elapsed - drawn >= ScreenView.pause else { return }
        (size, drawn) = (now, snapshot.elapsed)
        var snapshot = snapshot
        (snapshot.log, snapshot.hints) = (log, hints)
        let terminal = Terminal(descriptor: 1, color: .auto)
        let screen = PipelineScreen(terminal: terminal, columns: size.columns, rows: size.rows)
        painter.show(screen.lines(snapshot), isNew: isResized)
    }

    package func tell(_ line: String, of stage: String) { keep("\(stage): \(line)") }
    package func say(_ text: String) { keep(text) }
    package func detail(_ text: String) {}

    /// The usual screen comes back, and the last totals stay on it: whole, for that one goes on in the next line.
    package func close() {
        painter.close()
        JobControl.uninstall()
        guard let last else { return }
        let screen = PipelineScreen(terminal: .plain, columns: 10_000, rows: 2)
        for line in screen.totals(last) { messages.note(line) }
    }

    private func keep(_ text: String) {
        log.append("\(LogView.clock()) \(text)")
        if log.count > 200 { log.removeFirst(100) }
    }
}
