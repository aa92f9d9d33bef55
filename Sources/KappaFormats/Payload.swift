import KappaCore
import Synchronization

// KappaFormats: the seam between the bytes of records and the fields that a job asks for. A payload says what the
// records of a topic are written in; a `PayloadReader` gives their fields, or the whole as JSON.

/// What the values of a topic are written in.
package enum Payload: Sendable {
    case json
    case avro(AvroPayload)

    /// What of it decides a job's results; nothing for JSON.
    package var words: String? {
        if case .avro(let avro) = self { return avro.words }
        return nil
    }

    /// The registry's trouble, once there was some that would not end. Nothing may be committed after it.
    package var trouble: RegistryError? {
        if case .avro(let avro) = self { return avro.trouble }
        return nil
    }
}

/// Why a record is not read.
package enum PayloadFault: Error, CustomStringConvertible {
    /// The record is wrong, or its schema: it will not be better the next time.
    case record(String)
    /// The registry cannot be asked, so nothing is known of the record.
    case stop(RegistryError)
    /// The record is in a language that has a name, and is not read here.
    case foreign(String)

    package var description: String {
        switch self {
        case .record(let words): words
        case .stop(let error): error.message
        case .foreign(let language): "the value is \(language), of which only Avro and JSON are read here"
        }
    }
}

/// Avro values, how they name their schema, and where that is found.
package final class AvroPayload: Sendable {
    package enum Framing: String, CaseIterable, Sendable {
        /// A zero, a registry's number of four bytes, the value; or the number in a header.
        case registry
        /// `C3 01`, a fingerprint of eight bytes, the value.
        case object
        /// The value alone.
        case bare
    }

    package let framing: Framing
    /// Of bare values and of those whose registry is not asked, the schema that wrote them; with a registry, the one
    /// they are read by.
    package let schema: AvroSchema?
    private let registry: RegistryClient?
    private let ways = Mutex<[SchemaFraming.Reference: Way]>([:])
    private let lasting = Mutex<RegistryError?>(nil)
    private let own: AvroPlan?

    /// Values that bear no number are JSON: with a registry of the settings, which says nothing of this topic.
    private let passesPlain: Bool

    package init(framing: Framing, schema: AvroSchema?, registry: RegistryClient?, passesPlain: Bool = false) {
        self.framing = framing
        self.passesPlain = passesPlain
        self.schema = schema
        self.registry = registry
        own = schema.map { AvroPlan($0) }
    }

    /// Nothing where each value says by itself what it is.
    var words: String? {
        passesPlain
            ? nil
            : "avro;\(framing.rawValue);\(schema.map { String($0.fingerprint, radix: 16) } ?? "registry")"
    }

    package var trouble: RegistryError? { lasting.withLock { $0 } }

    /// How the values of a schema are read.
    enum Way {
        case plan(AvroPlan)
        case json
        case foreign(String)
    }

    /// How a value is read, and where it begins.
    func open(
        _ bytes: UnsafeRawBufferPointer, header: SchemaFraming.Reference?
    ) throws(PayloadFault) -> (way: Way, value: UnsafeRawBufferPointer) {
        if framing == .bare, let own { return (.plan(own), bytes) }
        if let header { return (try way(header), bytes) }
        guard let (reference, value) = SchemaFraming.open(bytes) else {
            if passesPlain { return (.json, bytes) }
            let wanted = framing == .object ? "the mark of a single object" : "a registry's zero and number"
            throw .record("the value does not begin with \(wanted)")
        }
        return (try way(reference), value)
    }

    private func way(_ reference: SchemaFraming.Reference) throws(PayloadFault) -> Way {
        if let known = ways.withLock({ $0[reference] }) { return known }
        let way: Way
        switch try writer(reference) {
        case .json: way = .json
        case .other(let language): way = .foreign(language)
        case .avro(let writer):
            let made = AvroPlan(writer, self.schema)
            if let refusal = made.refusal {
                throw .record("the \(reference.words) does not resolve to the schema it is read by: \(refusal)")
            }
            way = .plan(made)
        }
        ways.withLock { $0[reference] = way }
        return way
    }

    private func writer(_ reference: SchemaFraming.Reference) throws(PayloadFault) -> RegistryClient.Language {
        if case .fingerprint(let fingerprint) = reference, let schema, schema.fingerprint == fingerprint {
            return .avro(schema)
        }
        guard let registry else {
            // Without a registry the number is not looked up: whoever gives a schema says that it wrote the values.
            if case .id = reference, framing == .registry, let schema { return .avro(schema) }
            throw .record("the value is of the \(reference.words), and it is not the schema that was given")
        }
        do { return try registry.schema(reference) } catch {
            guard error.reason == .away || error.reason == .refused else { throw .record(error.message) }
            lasting.withLock { $0 = error }
            throw .stop(error)
        }
    }
}

extension AvroPlan {
    fileprivate convenience init(_ writer: AvroSchema, _ reader: AvroSchema?) {
        self.init(writer: writer, reader: reader ?? writer)
    }
}
