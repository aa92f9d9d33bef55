import CRdKafka
import Glibc

/// A member's place in its group: generation and id, so that a zombie's commit is refused.
package struct GroupMetadata: ~Copyable {
    let pointer: OpaquePointer

    init(taking pointer: OpaquePointer) { self.pointer = pointer }

    deinit { rd_kafka_consumer_group_metadata_destroy(pointer) }

    /// What librdkafka keeps to itself but for this: a text that another client can be given.
    ///
    /// It is "CGMDv2:", the generation, the group's and the member's names, and whether there is no instance's name,
    /// or else that. Nil where it is written otherwise.
    package var member: (generation: Int32, id: String, instance: String?)? {
        var text: UnsafeMutableRawPointer?
        var size = 0
        if let error = rd_kafka_consumer_group_metadata_write(pointer, &text, &size) {
            rd_kafka_error_destroy(error)
            return nil
        }
        guard let text else { return nil }
        defer { rd_kafka_mem_free(nil, text) }
        return GroupMetadata.member(in: UnsafeRawBufferPointer(start: text, count: size))
    }

    private static func member(
        in text: UnsafeRawBufferPointer
    ) -> (generation: Int32, id: String, instance: String?)? {
        let magic = Array("CGMDv2:".utf8)
        guard text.count > magic.count + 4, text.starts(with: magic) else { return nil }
        let generation = text.loadUnaligned(fromByteOffset: magic.count, as: Int32.self)
        var names = text[(magic.count + 4)...].split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard names.count == 3, let rest = names.popLast(), let hasNone = rest.first else { return nil }
        let id = String(decoding: names[1], as: UTF8.self)
        guard hasNone == 0 else { return (generation, id, nil) }
        return (generation, id, String(decoding: rest.dropFirst().prefix { $0 != 0 }, as: UTF8.self))
    }
}
