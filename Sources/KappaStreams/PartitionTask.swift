/// What is done with the records of one input partition, in offset order.
///
/// A task is a pure function of the records, the recorded ticks and the clock it was restored at. It is a class with
/// methods to override, not a protocol, because the runtime calls it for every record.
package class PartitionTask {
    package static let noClock = Int64.min

    package var counts: JobCounts { JobCounts() }
    /// The event time reached; `noClock` before the first reading.
    package var clock: Int64 { PartitionTask.noClock }

    package init() {}

    package func process(_ record: SourceRecord, into emission: inout Emission) {}

    /// What may read this task's records ahead of their turn, on another thread; nil where nothing is gained by it.
    package var forerunner: ReadAhead? { nil }

    /// Takes a reading that the forerunner found; false, and nothing has been done, where its record has to be
    /// processed instead.
    package func process(_ reading: FoundReading, into emission: inout Emission) -> Bool { false }

    /// Takes a record from before the committed position again, to bring back what is open. Gives nothing out.
    package func rebuild(_ record: SourceRecord) {}

    /// Moves the clock, which never goes back, and closes what is due.
    package func advance(to time: Int64, into emission: inout Emission) {}

    /// What the owner sends to every partition of the keyed topic before a commit; nothing when nothing is new.
    package func mark(source: Int32, into emission: inout Emission) {}

    /// The earliest record that something open rests on: a rebuild begins there. Nil when nothing is open.
    package var heldBackOffset: Int64? { nil }
    package var openWindows: Int { 0 }
    /// The clock at which the next window closes.
    package var nextClose: Int64? { nil }
    /// The clock at which all that is open now would be closed; nil when nothing is.
    package var drainClock: Int64? { nil }
    /// The largest clock heard of any source, where a task hears of several.
    package var leadingClock: Int64 { clock }
    /// The largest event time of a reading that the task knows of, beside what ticks added.
    package var latestReading: Int64 { clock }

    /// The clock as the commit's metadata keeps it.
    package var clockWords: String { PartitionTask.word(clock) }

    /// Begins at a committed clock; false if the words are none.
    package func restore(clockWords: String) -> Bool { PartitionTask.clock(clockWords) != nil }

    static func word(_ clock: Int64) -> String { clock == noClock ? "-" : "\(clock)" }

    static func clock(_ word: some StringProtocol) -> Int64? { word == "-" ? noClock : Int64(word) }
}
