/// The memory of requests that are arriving. A client tells the length of its request first, and memory is set aside
/// for large ones before they are read on: all of them together stay within one bound, and whoever comes when it is
/// reached waits its turn, as with Kafka's queued.max.request.bytes. Small requests never wait.
extension Server {
    /// The largest frame that this client may send now.
    func frameBound(_ connection: Connection) -> Int {
        connection.isTrusted ? limits.frameBytes : min(limits.frameBytes, limits.unsignedFrameBytes)
    }

    /// Sets memory aside for what is arriving; false where there is none, and the connection waits for it.
    func reserve(for connection: Connection) -> Bool {
        guard let length = connection.inbox.announcedLength, length > BufferPool.small,
            length <= frameBound(connection),
            length > connection.reserved
        else { return true }
        guard take(length - connection.reserved, for: connection) else {
            connection.isStarved = true
            starved.append(connection)
            return false
        }
        return true
    }

    /// Counts the bytes of a request that are kept beyond its turn, or, below zero, no longer are.
    func hold(_ bytes: Int) {
        reservedBytes += bytes
        if bytes < 0 { feedStarved() }
    }

    private func take(_ bytes: Int, for connection: Connection) -> Bool {
        // One request is always let in, however small the bound.
        guard reservedBytes == 0 || reservedBytes + bytes <= limits.requestBytes else {
            giveBackIdle()
            guard reservedBytes == 0 || reservedBytes + bytes <= limits.requestBytes else { return false }
            return book(bytes, for: connection)
        }
        return book(bytes, for: connection)
    }

    private func book(_ bytes: Int, for connection: Connection) -> Bool {
        reservedBytes += bytes
        connection.reserved += bytes
        connection.largeSince = connection.largeSince ?? now.steady
        return true
    }

    /// Buffers that are kept only for the next large request of their connection.
    private func giveBackIdle() {
        for connection in connections.values where connection.reserved > 0 && connection.inbox.count == 0 {
            connection.inbox.release(&pool)
            giveBack(connection)
        }
    }

    /// Gives back what a connection no longer holds, and lets those on who wait for it.
    func settleReservation(of connection: Connection) {
        if connection.inbox.count == 0 { connection.largeSince = nil }
        guard connection.reserved > 0, connection.inbox.capacity <= BufferPool.small else { return }
        giveBack(connection)
        feedStarved()
    }

    private func giveBack(_ connection: Connection) {
        reservedBytes -= connection.reserved
        connection.reserved = 0
        connection.largeSince = nil
    }

    private func feedStarved() {
        while let first = starved.first {
            if !first.isClosed {
                let missing = (first.inbox.announcedLength ?? 0) - first.reserved
                guard reservedBytes == 0 || reservedBytes + missing <= limits.requestBytes else { return }
                _ = book(max(0, missing), for: first)
                first.isStarved = false
                first.lastProgress = now.steady
                updateEvents(first)
            }
            starved.removeFirst()
        }
    }

    /// Whether a connection holds memory that others wait for, and sends its large request too slowly for that.
    func isHoarding(_ connection: Connection) -> Bool {
        guard !starved.isEmpty, connection.reserved > 0, connection.inbox.count > 0, let since = connection.largeSince
        else { return false }
        let patience = limits.stallMilliseconds + Int64(connection.reserved / Server.leastBytesOfAMillisecond)
        return now.steady - since > patience
    }

    /// A megabyte in a second.
    static let leastBytesOfAMillisecond = 1024
}
