package import KappaCore

/// Writes lines at their pace, until the count, the duration or a signal ends it.
package struct LinePump {
    private let pace: SimulationPace
    private let stop: StopSignal
    private let write: (UnsafeRawBufferPointer) throws -> Void
    private let flush: () throws -> Void

    /// - Parameters:
    ///   - write: takes bytes, and may keep them until `flush`.
    package init(
        pace: SimulationPace, stop: StopSignal, write: @escaping (UnsafeRawBufferPointer) throws -> Void,
        flush: @escaping () throws -> Void
    ) {
        self.pace = pace
        self.stop = stop
        self.write = write
        self.flush = flush
    }

    /// The lines of a while are written together: a pipe does not want a wake-up for each.
    private static let pause = Duration.milliseconds(20)
    private static let bufferSize = 1 << 16

    /// `append` puts the line that bears the time into the buffer.
    package func run(_ append: (Timestamp, LineBuffer) throws -> Void) throws {
        let buffer = LineBuffer()
        var written: Int64 = 0
        while !stop.isRequested {
            let due = pace.due(at: .now)
            while written < due, buffer.count < Self.bufferSize {
                try append(pace.time(ofLine: written), buffer)
                written += 1
            }
            try write(buffer.bytes)
            buffer.removeAll()
            if written == pace.count { break }
            if written >= due { try wait(forLine: written) }
        }
        try flush()
        try stop.throwIfRequested()
    }

    private func wait(forLine index: Int64) throws {
        try flush()
        let milliseconds = pace.time(ofLine: index).milliseconds - Timestamp.now.milliseconds
        _ = stop.wait(max(.milliseconds(milliseconds), Self.pause))
    }
}
