import CRdKafka
import Glibc
package import KappaCore

/// A partition with a place in it, and what was written beside a committed place.
package struct PartitionOffset: Hashable, Sendable {
    package var at: TopicPartition
    /// A record's offset, or one of the names below.
    package var offset: Int64
    package var metadata: String?
    /// What the cluster said of this partition alone.
    package var error: KafkaError?

    package init(_ at: TopicPartition, _ offset: Int64, metadata: String? = nil) {
        self.at = at
        self.offset = offset
        self.metadata = metadata
    }

    package static let beginning = Int64(RD_KAFKA_OFFSET_BEGINNING)
    package static let end = Int64(RD_KAFKA_OFFSET_END)
    package static let stored = Int64(RD_KAFKA_OFFSET_STORED)
    /// No offset: nothing committed, or no record at or after the time.
    package static let none = Int64(RD_KAFKA_OFFSET_INVALID)

    package static func == (left: PartitionOffset, right: PartitionOffset) -> Bool {
        left.at == right.at && left.offset == right.offset && left.metadata == right.metadata
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(at)
        hasher.combine(offset)
    }
}

/// librdkafka's list of partitions, owned for the length of a call.
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(_ partitions: some Collection<TopicPartition>) {
        pointer = rd_kafka_topic_partition_list_new(Int32(partitions.count))
        for partition in partitions { rd_kafka_topic_partition_list_add(pointer, partition.topic, partition.partition) }
    }

    init(topics: [String]) {
        pointer = rd_kafka_topic_partition_list_new(Int32(topics.count))
        for topic in topics { rd_kafka_topic_partition_list_add(pointer, topic, RD_KAFKA_PARTITION_UA) }
    }

    init(_ offsets: some Collection<PartitionOffset>) {
        pointer = rd_kafka_topic_partition_list_new(Int32(offsets.count))
        for item in offsets {
            let element = rd_kafka_topic_partition_list_add(pointer, item.at.topic, item.at.partition)!
            element.pointee.offset = item.offset
            guard var text = item.metadata else { continue }
            // librdkafka frees the metadata with free(), so it is malloc's.
            let bytes = text.withUTF8 { utf8 in
                let copy = malloc(utf8.count + 1)!
                if let base = utf8.baseAddress { copy.copyMemory(from: base, byteCount: utf8.count) }
                copy.storeBytes(of: 0, toByteOffset: utf8.count, as: UInt8.self)
                return copy
            }
            element.pointee.metadata = bytes
            element.pointee.metadata_size = text.utf8.count
        }
    }

    /// Takes over a list that librdkafka made for the caller.
    init(taking pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) {
        self.pointer = pointer
    }

    deinit { rd_kafka_topic_partition_list_destroy(pointer) }

    var offsets: [PartitionOffset] { PartitionList.offsets(in: pointer) }

    /// Reads a list that stays librdkafka's.
    static func offsets(in list: UnsafePointer<rd_kafka_topic_partition_list_t>) -> [PartitionOffset] {
        (0..<Int(list.pointee.cnt)).map { index in
            let element = list.pointee.elems[index]
            let at = TopicPartition(String(cString: element.topic), element.partition)
            var offset = PartitionOffset(at, element.offset)
            if let bytes = element.metadata, element.metadata_size > 0 {
                offset.metadata = String(
                    decoding: UnsafeRawBufferPointer(start: bytes, count: element.metadata_size), as: UTF8.self)
            }
            if element.err != RD_KAFKA_RESP_ERR_NO_ERROR { offset.error = KafkaError(element.err, "\(at)") }
            return offset
        }
    }
}
