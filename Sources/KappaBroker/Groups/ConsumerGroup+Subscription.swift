import KappaWire

extension ConsumerGroup {
    /// Whether any member reads a topic, as far as the members' metadata tells: Kafka's ConsumerProtocolSubscription
    /// begins with a version and the list of topics. What cannot be read counts as subscribed.
    func isSubscribed(to topic: String) -> Bool {
        guard !members.isEmpty, protocolType == "consumer" else { return false }
        return members.contains { member in
            guard let metadata = member.protocols.first?.metadata else { return true }
            return metadata.withUnsafeBytes { bytes in
                (try? ConsumerGroup.topics(in: bytes))?.contains(topic) ?? true
            }
        }
    }

    private static func topics(in metadata: UnsafeRawBufferPointer) throws(WireError) -> [String] {
        var reader = WireReader(metadata)
        let _: Int16 = try reader.number()
        let count: Int32 = try reader.number()
        var topics: [String] = []
        for _ in 0..<max(0, count) { topics.append(try reader.text() ?? "") }
        return topics
    }
}
