/// What the sockets have done since the start.
struct ServerCounters {
    var requests: UInt64 = 0
    var bytesReceived: UInt64 = 0
    var bytesSent: UInt64 = 0
    var connectionsAccepted: UInt64 = 0
    var connectionsClosed: UInt64 = 0
    var connectionsRefused: UInt64 = 0
    var connectionsShed: UInt64 = 0
}
