import KappaCore
import KappaSimulation
import KappaTerminal

/// Writes lines to standard output at their pace, until the count, the duration or a signal ends it.
struct LinePump {
    let pace: SimulationPace
    let context: CommandContext

    /// The lines of a while are written together: a pipe does not want a wake-up for each.
    private static let pause = Duration.milliseconds(20)
    private static let bufferSize = 1 << 16

    /// `append` puts the line that bears the time into the buffer.
    func run(_ append: (Timestamp, LineBuffer) throws -> Void) throws {
        let stop = context.stop
        let buffer = LineBuffer()
        var written: Int64 = 0
        while !stop.isRequested {
            let due = pace.due(at: .now)
            while written < due, buffer.count < Self.bufferSize {
                try append(pace.time(ofLine: written), buffer)
                written += 1
            }
            try context.output.write(buffer.bytes)
            buffer.removeAll()
            if written == pace.count { break }
            if written >= due { try wait(forLine: written) }
        }
        try context.output.flush()
        try stop.throwIfRequested()
    }

    private func wait(forLine index: Int64) throws {
        try context.output.flush()
        let milliseconds = pace.time(ofLine: index).milliseconds - Timestamp.now.milliseconds
        _ = context.stop.wait(max(.milliseconds(milliseconds), Self.pause))
    }
}
