package import KappaCore

/// Which generation of a job speaks: the record under the job's name in `kappa.control`.
package struct GenerationPointer: Equatable {
    package var job: String
    package var live: Int
    package var previous: Int
    /// The event time from which the live one speaks: windows that end later are its own, earlier ones were heard from
    /// the one before. Nil where none was known.
    package var from: Int64?
    package var switchedAt: Int64
    /// The last move was a rollback.
    package var isBack = false
    /// The store that does not show it yet.
    package var showing: ShownIntent?

    static func initial(_ job: String) -> GenerationPointer {
        GenerationPointer(job: job, live: 1, previous: 1, from: nil, switchedAt: 0)
    }

    package var json: [UInt8] {
        var writer = ByteWriter()
        writer.append(literal: "{\"kind\":\"pointer\",\"job\":")
        writer.append(quoted: job)
        writer.append(literal: ",\"live\":")
        writer.append(decimal: Int64(live))
        writer.append(literal: ",\"previous\":")
        writer.append(decimal: Int64(previous))
        if let from {
            writer.append(literal: ",\"from\":\"")
            writer.append(time: Timestamp(milliseconds: from))
            writer.append(literal: "\"")
        }
        if isBack { writer.append(literal: ",\"back\":true") }
        if let showing {
            writer.append(literal: ",\"showing\":")
            showing.append(to: &writer)
        }
        writer.append(literal: ",\"switched_at\":\"")
        writer.append(time: Timestamp(milliseconds: switchedAt))
        writer.append(literal: "\"}")
        return Array(writer.bytes)
    }

    package init(
        job: String, live: Int, previous: Int, from: Int64?, switchedAt: Int64, isBack: Bool = false,
        showing: ShownIntent? = nil
    ) {
        self.job = job
        self.live = live
        self.previous = previous
        self.from = from
        self.switchedAt = switchedAt
        self.isBack = isBack
        self.showing = showing
    }

    package init?(_ record: JSONValue) {
        guard record.member("kind").text == "pointer", let live = Int(record.member("live").text),
            let previous = Int(record.member("previous").text),
            let switched = Timestamp(rfc3339: record.member("switched_at").text)
        else { return nil }
        self.init(
            job: record.member("job").text, live: live, previous: previous,
            from: Timestamp(rfc3339: record.member("from").text)?.milliseconds, switchedAt: switched.milliseconds,
            isBack: record.member("back").kind == .true, showing: ShownIntent(record.member("showing")))
    }
}
