package import KappaCore
package import KappaKafka

/// A member of a group, which reads the partitions that it is given; or, without a group, all those it is told to.
///
/// There are two ways of sharing out: an eager strategy takes everything back before it gives anew, a cooperative one
/// names only what changes hands. Both are heard alike. `begin` is asked where to start what comes beside the
/// partitions that are held, and `release` is told what goes while it is still held; whatever neither of them names
/// stays as it is and is read on.
///
/// What goes wrong in them is thrown by the `poll` they are heard in: librdkafka, which calls them, cannot be thrown
/// through.
package final class GroupReader {
    package typealias Begin = (_ given: [TopicPartition]) throws -> [PartitionOffset]
    package typealias Release = (_ taken: [TopicPartition], _ isLost: Bool) throws -> Void

    package let consumer: Consumer
    package private(set) var held: Set<TopicPartition> = []
    /// Whether the group has given what it has to give: not before the first answer, nor while it shares out anew.
    package private(set) var isSettled = false
    private let begin: Begin
    private let release: Release
    private var failure: (any Error)?

    package init(
        _ kafka: KafkaConfiguration, group: String?, capacity: Int = 4096, isDirect: Bool = false,
        begin: @escaping Begin, release: @escaping Release
    ) throws(KafkaError) {
        self.begin = begin
        self.release = release
        consumer = try Consumer(kafka, group: group, capacity: capacity, isDirect: isDirect)
    }

    /// Joins the group of these topics' readers.
    package func join(_ topics: [String]) throws(KafkaError) {
        consumer.onAssign = { [unowned self] in given($0) }
        consumer.onRevoke = { [unowned self] in taken($0, isLost: $1) }
        try consumer.subscribe(to: topics)
    }

    /// Takes partitions that no group gives.
    package func take(_ partitions: [TopicPartition]) throws {
        let starts = try begin(partitions)
        held = Set(partitions)
        isSettled = true
        try consumer.assign(starts)
    }

    /// Hears what has come, and of partitions that come and go; throws what went wrong with those.
    @discardableResult
    package func poll(timeout: Duration, most: Int? = nil, _ body: (Consumer.Event) throws -> Void) throws -> Int {
        let count = try consumer.poll(timeout: timeout, most: most) { event in
            if failure == nil { try body(event) }
        }
        if let failure { throw failure }
        return count
    }

    /// Goes on at other places in partitions that are held. Between two polls: what is given in `begin` has not begun
    /// inside it, and records that were fetched together are heard together.
    package func move(to places: [PartitionOffset]) throws(KafkaError) {
        for place in places { try consumer.seek(place) }
    }

    /// Whether something went wrong with partitions that came or went.
    package var hasFailed: Bool { failure != nil }

    /// Leaves the group. What is held is released first, unless it is to be forgotten.
    package func leave(forgetting: Bool = false) {
        if forgetting { consumer.onRevoke = nil }
        consumer.close()
        consumer.onRevoke = nil
        consumer.onAssign = nil
        held = []
        isSettled = false
    }

    // MARK: Heard inside a poll

    private func given(_ given: [TopicPartition]) -> [PartitionOffset] {
        isSettled = true
        guard failure == nil else { return [] }
        do {
            let starts = try begin(given)
            held.formUnion(given)
            return starts
        } catch {
            failure = error
            return []
        }
    }

    private func taken(_ taken: [TopicPartition], isLost: Bool) {
        isSettled = false
        defer { held.subtract(taken) }
        guard failure == nil else { return }
        do { try release(taken, isLost) } catch { failure = error }
    }
}
