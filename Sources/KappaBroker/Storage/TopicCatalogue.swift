import KappaWire

/// The names, identities and settings of all topics, in one small file that is replaced as a whole.
struct TopicCatalogue {
    struct Entry: Equatable {
        var name: String
        var id: TopicId
        var partitions: Int
        var settings: TopicSettings
    }

    static let fileName = "topics"
    private static let heading = "kappa broker 2"
    /// Of folders whose small files have no checksums.
    private static let oldHeading = "kappa broker 1"
    let path: String
    private(set) var clusterId: String
    /// Written by the first version, without a checksum.
    private(set) var isOld = false
    var entries: [Entry] = []
    /// Topics whose deletion has begun: nothing of them may be served again, and their folders have to go.
    var doomed: [Doomed] = []

    struct Doomed: Equatable {
        var name: String
        var partitions: Int
    }

    init(directory: String) throws(BrokerError) {
        path = "\(directory)/\(TopicCatalogue.fileName)"
        clusterId = TopicId.random().wire.base64
        guard let text = try SmallFile.read(path) else { return }
        isOld = text.hasPrefix("\(TopicCatalogue.oldHeading)\n")
        try parse(try SummedFile.body(of: text, path, isRequired: !isOld))
    }

    /// Whether the small files of a folder have checksums, and are all there.
    static func isSummed(in directory: String) throws(BrokerError) -> Bool {
        guard let text = try SmallFile.read("\(directory)/\(fileName)") else { return false }
        return !text.hasPrefix("\(oldHeading)\n")
    }

    func save() throws(BrokerError) {
        var text = "\(TopicCatalogue.heading)\ncluster \(clusterId)\n"
        for entry in entries.sorted(by: { $0.name < $1.name }) {
            text += "topic \(entry.name) \(entry.id.word) \(entry.partitions)\n"
            for (name, value) in entry.settings.overrides.sorted(by: { $0.key < $1.key }) {
                text += "set \(name) \(value)\n"
            }
        }
        for topic in doomed { text += "deleting \(topic.name) \(topic.partitions)\n" }
        try SmallFile.write(SummedFile.seal(text), to: path)
    }

    private mutating func parse(_ text: String) throws(BrokerError) {
        let lines = text.split(separator: "\n")
        guard let first = lines.first, first == TopicCatalogue.heading || (isOld && first == TopicCatalogue.oldHeading)
        else {
            throw BrokerError("\(path) does not begin with '\(TopicCatalogue.heading)'")
        }
        for (number, line) in lines.enumerated().dropFirst() {
            // A setting's value may be empty, or hold blanks.
            let isSetting = line.hasPrefix("set ")
            let words = line.split(
                separator: " ", maxSplits: isSetting ? 2 : 3, omittingEmptySubsequences: !isSetting)
            guard parse(line: words.map(String.init)) else {
                throw BrokerError("\(path) cannot be read: line \(number + 1) is '\(line)'")
            }
        }
    }

    private mutating func parse(line words: [String]) -> Bool {
        switch (words.first, words.count) {
        case ("cluster", 2): clusterId = words[1]
        case ("topic", 4):
            guard let partitions = Int(words[3]), partitions > 0, Topic.isValidName(words[1]) else { return false }
            let id = TopicId(word: words[2])
            entries.append(Entry(name: words[1], id: id, partitions: partitions, settings: TopicSettings()))
        case ("deleting", 3):
            guard let partitions = Int(words[2]), Topic.isValidName(words[1]) else { return false }
            doomed.append(Doomed(name: words[1], partitions: partitions))
        case ("set", 3):
            guard !entries.isEmpty else { return false }
            return (try? entries[entries.count - 1].settings.set(words[1], to: words[2])) != nil
        default: return false
        }
        return true
    }
}
