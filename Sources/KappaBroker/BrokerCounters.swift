/// What the broker has done since the start, beyond its sockets.
struct BrokerCounters {
    var syncs: UInt64 = 0
    var syncMicroseconds: UInt64 = 0
    var batchesAppended: UInt64 = 0
    var bytesAppended: UInt64 = 0
    var bytesFetched: UInt64 = 0
    /// By the request's key.
    var requests: [Int16: UInt64] = [:]
}
