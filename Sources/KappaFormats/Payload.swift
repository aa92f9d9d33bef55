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

    package var description: String {
        switch self {
        case .record(let words): words
        case .stop(let error): error.message
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
    private let plans = Mutex<[SchemaFraming.Reference: AvroPlan]>([:])
    private let lasting = Mutex<RegistryError?>(nil)
    private let own: AvroPlan?

    package init(framing: Framing, schema: AvroSchema?, registry: RegistryClient?) {
        self.framing = framing
        self.schema = schema
        self.registry = registry
        own = schema.map { AvroPlan($0) }
    }

    var words: String {
        "avro;\(framing.rawValue);\(schema.map { String($0.fingerprint, radix: 16) } ?? "registry")"
    }

    package var trouble: RegistryError? { lasting.withLock { $0 } }

    /// The plan for a value, and where it begins.
    func open(
        _ bytes: UnsafeRawBufferPointer, header: SchemaFraming.Reference?
    ) throws(PayloadFault) -> (plan: AvroPlan, value: UnsafeRawBufferPointer) {
        if framing == .bare, let own { return (own, bytes) }
        if let header { return (try plan(header), bytes) }
        guard let (reference, value) = SchemaFraming.open(bytes) else {
            let wanted = framing == .object ? "the mark of a single object" : "a registry's zero and number"
            throw .record("the value does not begin with \(wanted)")
        }
        return (try plan(reference), value)
    }

    private func plan(_ reference: SchemaFraming.Reference) throws(PayloadFault) -> AvroPlan {
        if let known = plans.withLock({ $0[reference] }) { return known }
        let made = AvroPlan(try writer(reference), self.schema)
        if let refusal = made.refusal {
            throw .record("the \(reference.words) does not resolve to the schema it is read by: \(refusal)")
        }
        plans.withLock { $0[reference] = made }
        return made
    }

    private func writer(_ reference: SchemaFraming.Reference) throws(PayloadFault) -> AvroSchema {
        if case .fingerprint(let fingerprint) = reference, let schema, schema.fingerprint == fingerprint {
            return schema
        }
        guard let registry else {
            // Without a registry the number is not looked up: whoever gives a schema says that it wrote the values.
            if case .id = reference, framing == .registry, let schema { return schema }
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
