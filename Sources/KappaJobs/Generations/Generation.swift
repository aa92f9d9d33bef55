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

    package var group: String { GenerationNames.group(job, number) }
    package var late: String { GenerationNames.topic("\(input).late", number) }
    package var dead: String { GenerationNames.topic("\(input).dead", number) }
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
            (",\"from_ms\":", fromMilliseconds),
        ]
        for (name, number) in numbers {
            guard let number else { continue }
            writer.append(literal: name)
            writer.append(decimal: number)
        }
        for (name, words) in [(",\"outputs\":[", outputs), (",\"key\":[", key)] as [(StaticString, [String])] {
            writer.append(literal: name)
            for (index, word) in words.enumerated() {
                if index > 0 { writer.append(literal: ",") }
                writer.append(quoted: word)
            }
            writer.append(literal: "]")
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
            isPublished: record.member("published").kind == .true)
    }

    package init(
        job: String, number: Int, parent: Int, fingerprint: String, input: String, outputs: [String], key: [String],
        value: String, graceMilliseconds: Int64, startedAt: Int64, fromMilliseconds: Int64? = nil,
        comparedAt: Int64? = nil, isPublished: Bool = false
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
    }
}
