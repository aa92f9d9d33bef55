import KappaCore
package import KappaKafka

/// Writes records and the place that was reached, both or neither.
///
/// The consumer only lends the name of its group: partitions are assigned by hand, and what keeps a second run of the
/// same name away is the transactional id.
package final class TransactionalWriter {
    /// What became of a transaction is not known: start again from what is committed.
    package struct Indefinite: Error {
        package let cause: KafkaError
    }

    package let producer: Producer
    private let consumer: Consumer
    private let name: String
    package private(set) var isOpen = false
    package private(set) var records = 0

    /// Long enough for the transaction that a killed predecessor left open to be ended.
    private static let patience = Duration.seconds(30)

    package init(_ configuration: KafkaConfiguration, name: String, consumer: Consumer) throws {
        self.name = name
        self.consumer = consumer
        producer = try Producer(configuration, transactionalId: name)
        try definite { () throws(KafkaError) in try producer.initTransactions(timeout: Self.patience) }
    }

    /// Runs `attempt` until the client has room for its record; it answers false as long as there is none.
    package func send(_ attempt: (Producer) throws(KafkaError) -> Bool) throws {
        if !isOpen {
            try definite { () throws(KafkaError) in try producer.beginTransaction() }
            isOpen = true
        }
        while try !definite({ () throws(KafkaError) in try attempt(producer) }) {
            producer.poll(timeout: .milliseconds(20))
        }
        records += 1
        if records % 10_000 == 0 { producer.poll() }
    }

    /// Ends the transaction: its records and the places are there from here on.
    package func commit(_ places: [PartitionOffset]) throws {
        try definite { () throws(KafkaError) in
            if !isOpen { try producer.beginTransaction() }
            isOpen = true
            if !places.isEmpty { try producer.sendOffsets(places, of: consumer.groupMetadata, timeout: Self.patience) }
            try producer.commitTransaction(timeout: Self.patience)
        }
        isOpen = false
        records = 0
    }

    private func definite<Answer>(_ body: () throws(KafkaError) -> Answer) throws -> Answer {
        do throws(KafkaError) {
            return try body()
        } catch {
            guard error.code == KafkaError.fenced || error.code == TransactionalWriter.fencedByEpoch else {
                throw Indefinite(cause: error)
            }
            throw JobFailure(
                "another run of '\(name)' has taken over", hint: "let it finish: nothing that it does is lost")
        }
    }

    /// PRODUCER_FENCED, as a broker says it.
    private static let fencedByEpoch: Int32 = 90
}
