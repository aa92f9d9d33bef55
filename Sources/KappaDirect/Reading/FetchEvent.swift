/// What a reading gives out. Of one partition, in the order of the log.
package enum FetchEvent {
    case block(FetchedBlock)
    /// The end of a partition as it was just then: the offset is the next one to come.
    case end(source: Int, offset: Int64)
    /// A connection was lost, and is being made again.
    case trouble(String)
    /// The reading is over.
    case failed(ConnectionFailure)
}
