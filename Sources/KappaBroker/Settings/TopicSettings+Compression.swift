import KappaLog
import KappaRecords

/// How batches are kept: as they were sent, or packed anew where that is not what the topic asks for.
extension TopicSettings {
    static let compression: [SettingDefinition] = [
        .word(
            "compression.type", as: "compression.type", "producer",
            of: ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"],
            "How batches are kept: as sent (producer), or always so; what comes otherwise is packed anew."
        ) { $1.compression = LogConfiguration.Compression(word: $0) },
        SettingDefinition(
            name: "compression.gzip.level", brokerName: "compression.gzip.level", kind: .int, initial: "-1",
            documentation: "How hard gzip tries where the broker packs: 1 to 9, or -1 for its default.",
            accepts: { Int($0).map { $0 == -1 || (1...9).contains($0) } ?? false },
            apply: { value, log in log.compressionLevels.gzip = Int32(value) ?? -1 }),
        .number(
            "compression.lz4.level", as: "compression.lz4.level", 9, within: 1...17, kind: .int,
            "How hard LZ4 tries where the broker packs: 1 to 17."
        ) { $1.compressionLevels.lz4 = Int32($0) },
        .number(
            "compression.zstd.level", as: "compression.zstd.level", 3, within: -131_072...22, kind: .int,
            "How hard Zstandard tries where the broker packs: -131072 to 22."
        ) { $1.compressionLevels.zstd = Int32($0) },
    ]
}
