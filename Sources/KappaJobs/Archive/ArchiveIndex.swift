import KappaCore

/// What an archive holds: `index.json`. A file that it does not name is no part of the archive.
package struct ArchiveIndex {
    static let fileName = "index.json"

    package var topic: String
    package var cluster: String
    package var partitions: Int
    /// The settings that were made on the topic itself.
    package var settings: [(key: String, value: String)]
    package var chunks: [Chunk] = []

    /// A file: some of the records of one partition, in order, one JSON object on each line.
    package struct Chunk {
        package var file: String
        package var partition: Int32
        package var firstOffset: Int64
        /// The offset from which the next chunk goes on. Between two records offsets can be missing: markers of
        /// transactions,
        /// records of aborted ones, and what compaction removed.
        package var nextOffset: Int64
        package var lastOffset: Int64
        package var records: Int64
        /// Before and after compression.
        package var bytes: Int64
        package var storedBytes: Int64
        var firstTime: Int64
        var lastTime: Int64
        /// Of the file.
        var sha256: String
        /// Of the last record's line: proves that the topic is still the same one.
        package var lastDigest: String
    }

    /// All records that the archive holds.
    package var records: Int64 { chunks.reduce(0) { $0 + $1.records } }

    package func chunks(of partition: Int32) -> [Chunk] {
        chunks.filter { $0.partition == partition }.sorted { $0.firstOffset < $1.firstOffset }
    }

    // MARK: Text

    package var json: [UInt8] {
        var writer = ByteWriter()
        writer.append(literal: "{\"format\":\"kappa-archive\",\"version\":1,\n\"topic\":")
        writer.append(quoted: topic)
        writer.append(literal: ",\"cluster\":")
        writer.append(quoted: cluster)
        writer.append(literal: ",\"partitions\":")
        writer.append(decimal: Int64(partitions))
        writer.append(literal: ",\n\"settings\":{")
        for (index, setting) in settings.enumerated() {
            if index > 0 { writer.append(literal: ",") }
            writer.append(quoted: setting.key)
            writer.append(literal: ":")
            writer.append(quoted: setting.value)
        }
        writer.append(literal: "},\n\"chunks\":[")
        for (index, chunk) in chunks.enumerated() {
            writer.append(literal: index > 0 ? ",\n" : "\n")
            chunk.write(to: &writer)
        }
        writer.append(literal: "\n]}\n")
        return Array(writer.bytes)
    }

    /// What `sha256sum --check` reads.
    var checksums: [UInt8] { Array(chunks.map { "\($0.sha256)  \($0.file)\n" }.joined().utf8) }

    package init(topic: String, cluster: String, partitions: Int, settings: [(key: String, value: String)]) {
        self.topic = topic
        self.cluster = cluster
        self.partitions = partitions
        self.settings = settings
    }

    package init(json: [UInt8], path: String) throws {
        var buffer = JSONBuffer()
        json.withUnsafeBytes { buffer.load($0) }
        guard let whole = try? JSONValue(checking: buffer), whole.member("format").text == "kappa-archive" else {
            throw JobFailure("\(path) is not the index of an archive")
        }
        guard whole.member("version").text == "1" else {
            throw JobFailure(
                "\(path) is of version \(whole.member("version").text)", hint: "a later kappa can read it")
        }
        guard let partitions = Int(whole.member("partitions").text), (1...100_000).contains(partitions) else {
            throw JobFailure("\(path): 'partitions' is not a number of partitions")
        }
        var settings: [(key: String, value: String)] = []
        try? whole.member("settings").forEachField { settings.append(($0.text, $1.text)) }
        self.init(
            topic: whole.member("topic").text, cluster: whole.member("cluster").text, partitions: partitions,
            settings: settings)
        var items = JSONItems(whole.member("chunks"))
        while let item = items.next() {
            guard let chunk = Chunk(item), Int(chunk.partition) < partitions else {
                throw JobFailure("\(path): chunk \(chunks.count) is not one")
            }
            chunks.append(chunk)
        }
    }
}

extension ArchiveIndex.Chunk {
    static func fileName(partition: Int32, offset: Int64) -> String {
        let digits = String(offset)
        return "\(partition)/" + String(repeating: "0", count: max(0, 20 - digits.count)) + digits + ".ndjson.zst"
    }

    fileprivate func write(to writer: inout ByteWriter) {
        writer.append(literal: "{\"file\":")
        writer.append(quoted: file)
        let numbers: [(StaticString, Int64)] = [
            (",\"partition\":", Int64(partition)), (",\"first_offset\":", firstOffset),
            (",\"last_offset\":", lastOffset), (",\"next_offset\":", nextOffset), (",\"records\":", records),
            (",\"bytes\":", bytes), (",\"stored_bytes\":", storedBytes), (",\"first_time\":", firstTime),
            (",\"last_time\":", lastTime),
        ]
        for (name, value) in numbers {
            writer.append(literal: name)
            writer.append(decimal: value)
        }
        writer.append(literal: ",\"sha256\":")
        writer.append(quoted: sha256)
        writer.append(literal: ",\"last_record_sha256\":")
        writer.append(quoted: lastDigest)
        writer.append(literal: "}")
    }

    fileprivate init?(_ item: JSONValue) {
        func number(_ name: String) -> Int64? { Int64(item.member(name).text) }
        guard let partition = number("partition").flatMap({ Int32(exactly: $0) }), partition >= 0,
            let first = number("first_offset"), let last = number("last_offset"), let next = number("next_offset"),
            let records = number("records"), let bytes = number("bytes"), let stored = number("stored_bytes"),
            let firstTime = number("first_time"), let lastTime = number("last_time"), first >= 0, last >= first,
            next > last, records > 0, bytes > 0
        else { return nil }
        let file = item.member("file").text
        // The name follows from the offset, so an index cannot lead out of its folder.
        guard file == ArchiveIndex.Chunk.fileName(partition: partition, offset: first) else { return nil }
        self.init(
            file: file, partition: partition, firstOffset: first, nextOffset: next, lastOffset: last, records: records,
            bytes: bytes, storedBytes: stored, firstTime: firstTime, lastTime: lastTime,
            sha256: item.member("sha256").text, lastDigest: item.member("last_record_sha256").text)
    }
}
