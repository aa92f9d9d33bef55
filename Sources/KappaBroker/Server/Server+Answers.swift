/// The memory of answers that wait to be read. Kafka sends records from the page cache and needs none; here they are
/// read into memory first, and clients that ask for much and read nothing must not fill it: the fuller it is, the less
/// an answer may hold, and who reads too slowly for the others is shed.
extension Server {
    /// What one answer may hold of records now. Every reader gets something, so that it gets on.
    var roomForAnswer: Int { max(Server.leastAnswer, (limits.answersBytes - heldBytes) / 8) }

    private static let leastAnswer = 64 * 1024

    /// Notes what a connection's answers hold.
    func weighAnswers(of connection: Connection) {
        let holds = connection.isClosed ? 0 : connection.outbox.bytesInMemory
        heldBytes += holds - connection.held
        if holds == 0 {
            connection.pace = nil
        } else if connection.pace == nil {
            connection.pace = (since: now.steady, sent: connection.outbox.bytesSent)
        }
        connection.held = holds
    }

    /// Whether a connection holds much of a memory that is half full, and has read less than a megabyte in each second
    /// of late: by single bytes it could hold it for ever.
    func isDripping(_ connection: Connection) -> Bool {
        guard heldBytes > limits.answersBytes / 2, connection.held > Server.leastAnswer, let pace = connection.pace
        else { return false }
        let elapsed = now.steady - pace.since
        guard elapsed > limits.stallMilliseconds else { return false }
        let sent = connection.outbox.bytesSent
        connection.pace = (since: now.steady, sent: sent)
        return Int64(sent - pace.sent) < elapsed * Int64(Server.leastBytesOfAMillisecond)
    }
}
