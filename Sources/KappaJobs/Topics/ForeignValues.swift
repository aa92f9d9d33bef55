import Glibc
import KappaCore
import KappaFormats
import KappaKafka

/// Values that are written in something else than JSON, as JSON; what it gives is borrowed until the next record.
final class ForeignValues {
    private var reader: PayloadReader
    private let voice: Voice
    private var named: Set<String> = []

    /// Nil where there is nothing to be read.
    init?(_ payload: Payload, voice: Voice) {
        guard case .avro = payload else { return nil }
        reader = PayloadReader(payload)
        self.voice = voice
    }

    /// A language that is not read here is told once, and its values stay as they are.
    func text(of message: Message) throws -> UnsafeRawBufferPointer? {
        guard let value = message.value else { return nil }
        do throws(PayloadFault) {
            return try reader.json(value, header: ForeignValues.reference(of: message))
        } catch {
            if case .foreign(let language) = error {
                if named.insert(language).inserted {
                    voice.warning("'\(message.topic)' holds values in \(language); they are given out as they are")
                }
                return value
            }
            let at = "\(message.topic)[\(message.partition)] offset \(message.offset)"
            if case .stop(let trouble) = error {
                throw JobFailure("\(at): \(trouble.message)", kind: trouble.kind, hint: trouble.hint)
            }
            throw JobFailure("\(at): \(error)")
        }
    }

    /// The schema that a header names, as newer serializers write it.
    static func reference(of message: Message) -> SchemaFraming.Reference? {
        var found: SchemaFraming.Reference?
        message.forEachHeader { name, value in
            guard let value, name.elementsEqual(SchemaFraming.valueHeader.utf8) else { return }
            found = SchemaFraming.reference(header: value)
        }
        return found
    }
}
