import KappaCore
import KappaKafka

/// A record that a job gives out, borrowed for the call.
struct OutgoingRecord {
    var topic: Int
    /// Nil lets the key decide, as Kafka's default partitioner does.
    var partition: Int32?
    var key: UnsafeRawBufferPointer?
    var value: UnsafeRawBufferPointer?
    var time: Timestamp
    var headers: [Header] = []
}

/// The way from a job to its topics, inside one transaction at a time. After an error it is of no more use.
protocol JobOutlet: AnyObject {
    /// The number under which `write` knows the topic.
    func topic(_ name: String) throws -> Int
    func begin() throws
    func write(_ record: borrowing OutgoingRecord) throws
    /// Throws what has gone wrong meanwhile.
    func poll() throws
    /// Waits until the brokers have taken all that was written, where that is not part of committing it.
    func flush() throws
    func send(_ offsets: [PartitionOffset], of group: borrowing GroupMetadata) throws
    func commit() throws
    /// The commit is on its way when the program dies; nobody hears the answer.
    func commitUnheard()
    func abandon()
}

extension JobSpec {
    /// When the broker may end a transaction by itself: it is open from one commit to the next.
    var transactionTimeout: Duration { commitInterval + .seconds(10) }
}
