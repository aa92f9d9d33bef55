import KappaCore
package import KappaKafka

/// A group's places in a file: a line `TOPIC PARTITION OFFSET` for each.
package enum GroupPlaces {
    package static func write(_ places: [PartitionOffset], to file: String) throws {
        let lines = places.sorted { $0.at < $1.at }.map { "\($0.at.topic) \($0.at.partition) \($0.offset)\n" }
        try TextFile.write(lines.joined(), to: file)
    }

    package static func read(_ file: String) throws -> [PartitionOffset] {
        try parse(TextFile.read(file), name: file)
    }

    static func parse(_ text: String, name: String) throws -> [PartitionOffset] {
        var places: [PartitionOffset] = []
        for (index, line) in text.textLines.enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard !words.isEmpty, !words[0].hasPrefix("#") else { continue }
            guard words.count == 3, let partition = Int32(words[1]), let offset = Int64(words[2]), offset >= 0 else {
                throw JobFailure(usage: "\(name), line \(index + 1): '\(line)' is not TOPIC PARTITION OFFSET")
            }
            places.append(PartitionOffset(TopicPartition(String(words[0]), partition), offset))
        }
        return places
    }
}
