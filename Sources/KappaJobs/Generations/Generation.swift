package import KappaCore

/// A way in which a job works through the log, with outputs of its own: what `kappa.control` says of it.
package struct Generation: Equatable {
    package var job: String
    package var number: Int
    /// The generation that spoke when this one was begun; its ticks count for this one too.
    package var parent: Int
    package var fingerprint: String
    package var input: String
    /// The stable names of the results' topics.
    package var outputs: [String]
    /// The fields that tell windows apart, and the one that is worked on.
    package var key: [String]
    package var value: String
    package var graceMilliseconds: Int64
    package var startedAt: Int64
    /// Where its first whole window begins; nil where it began at the log's beginning.
    package var fromMilliseconds: Int64?
    /// When its results were last compared with those of the active one.
    package var comparedAt: Int64?
    /// Its results were published as corrections.
    package var isPublished = false
    /// What the last comparison found: how many sensors differ, and the first of them in words.
    package var changedSensors: Int64?
    package var changes: [String] = []
    /// The field of the time of results that are moments and no windows, as those of alarms are; nil for windows.
    package var moment: String?

    package var group: String { GenerationNames.group(job, number) }
    package var late: String { GenerationNames.topic("\(source).late", number) }
    package var dead: String { GenerationNames.topic("\(source).dead", number) }
    /// A job of alarms reads what another job reads too, so what it rejects bears its own name.
    private var source: String { moment == nil ? input : job }
    package var keyed: String { GenerationNames.topic("\(job).keyed", number) }
    package var ticks: String { GenerationNames.topic("\(job).ticks", number) }
    package var topics: [String] { outputs.map { GenerationNames.topic($0, number) } }
    package var ownTopics: [String] { topics + [late, dead, keyed, ticks] }

    /// The same job as it was before anything was replayed.
    package var first: Generation {
        var first = self
        first.number = 1
        first.parent = 1
        first.comparedAt = nil
        first.changedSensors = nil
        first.changes = []
        first.fromMilliseconds = nil
        first.isPublished = false
        return first
    }

    var recordKey: String { "\(job)/g\(number)" }

    package var json: [UInt8] {
        var writer = ByteWriter()
        writer.append(literal: "{\"kind\":\"generation\",\"job\":")
        writer.append(quoted: job)
        writer.append(literal: ",\"input\":")
        writer.append(quoted: input)
        writer.append(literal: ",\"fingerprint\":")
        writer.append(quoted: fingerprint)
        writer.append(literal: ",\"value\":")
        writer.append(quoted: value)
        let numbers: [(StaticString, Int64?)] = [
            (",\"generation\":", Int64(number)), (",\"parent\":", Int64(parent)),
            (",\"grace_ms\":", graceMilliseconds), (",\"started_at\":", startedAt), (",\"compared_at\":", comparedAt),
            (",\"from_ms\":", fromMilliseconds), (",\"changed_sensors\":", changedSensors),
        ]
        for (name, number) in numbers {
            guard let number else { continue }
            writer.append(literal: name)
            writer.append(decimal: number)
        }
        let lists: [(StaticString, [String])] = [
            (",\"outputs\":[", outputs), (",\"key\":[", key), (",\"changes\":[", changes),
        ]
        for (name, words) in lists {
            writer.append(literal: name)
            for (index, word) in words.enumerated() {
                if index > 0 { writer.append(literal: ",") }
                writer.append(quoted: word)
            }
            writer.append(literal: "]")
        }
        if let moment {
            writer.append(literal: ",\"moment\":")
            writer.append(quoted: moment)
        }
        writer.append(literal: isPublished ? ",\"published\":true}" : "}")
        return Array(writer.bytes)
    }

    package init?(_ record: JSONValue) {
        func whole(_ name: String) -> Int64? { Int64(record.member(name).text) }
        func list(_ name: String) -> [String] {
            var (items, words) = (JSONItems(record.member(name)), [String]())
            while let item = items.next() { words.append(item.text) }
            return words
        }
        guard record.member("kind").text == "generation", let number = whole("generation"), number > 1,
            let parent = whole("parent"), let grace = whole("grace_ms"), let started = whole("started_at")
        else { return nil }
        self.init(
            job: record.member("job").text, number: Int(number), parent: Int(parent),
            fingerprint: record.member("fingerprint").text, input: record.member("input").text,
            outputs: list("outputs"), key: list("key"), value: record.member("value").text, graceMilliseconds: grace,
            startedAt: started, fromMilliseconds: whole("from_ms"), comparedAt: whole("compared_at"),
            isPublished: record.member("published").kind == .true,
            moment: record.member("moment").kind == .string ? record.member("moment").text : nil)
        changedSensors = whole("changed_sensors")
        changes = list("changes")
    }

    package init(
        job: String, number: Int, parent: Int, fingerprint: String, input: String, outputs: [String], key: [String],
        value: String, graceMilliseconds: Int64, startedAt: Int64, fromMilliseconds: Int64? = nil,
        comparedAt: Int64? = nil, isPublished: Bool = false, moment: String? = nil
    ) {
        self.job = job
        self.number = number
        self.parent = parent
        self.fingerprint = fingerprint
        self.input = input
        self.outputs = outputs
        self.key = key
        self.value = value
        self.graceMilliseconds = graceMilliseconds
        self.startedAt = startedAt
        self.fromMilliseconds = fromMilliseconds
        self.comparedAt = comparedAt
        self.isPublished = isPublished
        self.moment = moment
    }
}
