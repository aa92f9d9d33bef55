package import KappaCore
package import KappaKafka

/// Publishes what a generation says otherwise, in the stable topics, for readers who cannot follow a pointer.
package struct GenerationCorrections {
    private let control: ControlLog
    private let kafka: KafkaConfiguration
    private let voice: Voice

    package init(_ control: ControlLog, _ kafka: KafkaConfiguration, voice: Voice) {
        self.control = control
        self.kafka = kafka
        self.voice = voice
    }

    /// - Parameter number: of the generation; nil is the newest that is not active.
    package func publish(_ number: Int?, _ rules: GenerationSwitch.Rules) throws {
        var new = try control.chosen(number)
        let old = try control.generation(control.pointer.live)
        guard !new.isPublished else {
            return voice.note("the corrections of generation \(new.number) were published before")
        }
        guard new.comparedAt != nil || !rules.isCompared else {
            throw JobFailure(
                "generation \(new.number) has not been compared with generation \(old.number)",
                hint: "'kappa replay diff' compares them; --without-diff switches all the same")
        }
        let comparison = try GenerationComparison(
            old: old, new: new, kafka: kafka, client: control.client, samples: 0, voice: voice)
        new.isPublished = true
        try control.beginWriting()
        let difference = comparison.difference
        let count = try control.write(new) { writer in
            let output = Output(kafka: kafka, writer: writer, revision: new.number)
            var count: Int64 = 0
            for (stable, (from, to)) in zip(new.outputs, zip(new.topics, old.topics)) {
                count += try send(difference.places[stable] ?? [], of: from, to, output) { Array($0) }
                count += try send(difference.missingPlaces[stable] ?? [], of: to, to, output, Self.withdrawn)
            }
            return count
        }
        let missing = difference.counts.values.reduce(0) { $0 + $1.missing }
        voice.note(
            "published \(count) corrections" + (missing > 0 ? "; \(missing) of them withdraw a window's result" : ""))
    }

    private struct Output {
        let kafka: KafkaConfiguration
        let writer: TransactionalWriter
        let revision: Int
    }

    /// Writes the results that lie at these places of a topic to another one, or to its end.
    private func send(
        _ wanted: Set<Int64>, of from: String, _ to: String, _ output: Output,
        _ value: (UnsafeRawBufferPointer) -> [UInt8]
    ) throws -> Int64 {
        guard !wanted.isEmpty else { return 0 }
        var count: Int64 = 0
        let topic = try output.writer.producer.topic(to)
        let isAligned = try control.client.partitions(of: from).count == control.client.partitions(of: to).count
        try TopicReading.all(of: from, output.kafka, control.client) { message in
            guard let bytes = message.value,
                wanted.contains(WindowResult.place(message.partition, message.offset))
            else { return }
            count += 1
            let headers =
                message.headers.filter { $0.name != Self.header } + [Header(Self.header, "\(output.revision)")]
            try value(bytes).withUnsafeBytes { value in
                try output.writer.send { producer throws(KafkaError) in
                    try producer.produce(
                        to: topic, partition: isAligned ? message.partition : nil, key: message.key, value: value,
                        timestamp: message.timestamp, headers: headers)
                }
            }
        }
        return count
    }

    private static let header = "kappa.revision"

    /// The old result, with the word that it is one no more.
    private static func withdrawn(_ value: UnsafeRawBufferPointer) -> [UInt8] {
        guard let end = value.lastIndex(of: UInt8(ascii: "}")) else { return Array(value) }
        return Array(value[..<end]) + Array(",\"withdrawn\":true}".utf8)
    }
}
