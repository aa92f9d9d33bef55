package import KappaCore
import KappaStores
package import KappaTerminal

/// New rows as they come.
package struct QueryFollow {
    static let pause = Duration.milliseconds(500)

    private let settings: QuerySettings
    private let source: QuerySource

    package init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
    }

    package func run(_ output: Output, until stop: StopSignal) throws {
        let follower = try source.follow(settings.query, columns: settings.columns)
        let cursor = try follower.arrivals()
        let format = output.format
        guard format == .table else {
            // A JSON document has an end, and this has none: each row is a line.
            var writer = RowWriter(format == .json ? .ndjson : format, cursor.columns)
            if format == .csv { try output.write(writer.header()) }
            return try follow(follower, cursor, stop) { row in
                writer.write(row, isFirst: true)
                try output.write(writer.bytes)
            } pause: {
                try output.flush()
            }
        }
        try output.rows("records", cursor.columns.map { RowOutput.column($0) }, streaming: true) { rows in
            try follow(follower, cursor, stop) { row in
                try rows.add(row.map(RowOutput.cell))
            } pause: {
                try output.flush()
            }
        }
    }

    private func follow(
        _ follower: any RowFollower, _ first: any RowCursor, _ stop: StopSignal,
        _ show: (UnsafeBufferPointer<StoreCell>) throws -> Void, pause: () throws -> Void
    ) throws {
        var cursor = first
        while true {
            while let row = try cursor.next() { try show(row) }
            try pause()
            if stop.wait(QueryFollow.pause) { try stop.throwIfRequested() }
            cursor = try follower.arrivals()
        }
    }
}
