/// Why a record, or an item of a snapshot, went to the dead letters.
package struct Rejection: Equatable, Sendable {
    package enum Reason: String, CaseIterable, Sendable {
        /// The record is not valid JSON, or has no value at all.
        case notJSON = "not-json"
        /// The record is not of the schema that it names, or names none that can be read.
        case unreadable
        /// The record, or an item of a snapshot, is JSON but no object; or a snapshot's items are no array.
        case notAnObject = "not-an-object"
        case missing
        case null
        case empty
        case wrongType = "wrong-type"
        /// The time cannot be read, or names no zone inside an envelope of another zone than UTC.
        case badTime = "bad-time"
        /// The time lies further ahead of the record's own log timestamp than the job allows.
        case future = "future-time"
        /// The routing field's value is not one of the listed names.
        case unknownRoute = "unknown-route"
        /// The record is not where its key belongs, so its window might be split over partitions.
        case wrongPartition = "wrong-partition"
    }

    package var reason: Reason
    package var field: String?
    package var detail: String?

    package init(_ reason: Reason, field: String? = nil, detail: String? = nil) {
        self.reason = reason
        self.field = field
        self.detail = detail
    }
}
