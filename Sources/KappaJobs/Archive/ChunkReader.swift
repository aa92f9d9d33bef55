import Glibc
import KappaCore
import KappaRecords

/// Reads the records of one file of an archive, after checking that it is the file that the index speaks of.
package struct ChunkReader {
    package let folder: ArchiveFolder
    package let chunk: ArchiveIndex.Chunk

    package init(folder: ArchiveFolder, chunk: ArchiveIndex.Chunk) {
        self.folder = folder
        self.chunk = chunk
    }

    /// The lines of the file.
    package func bytes() throws -> [UInt8] {
        let file = try folder.read(chunk.file)
        guard file.count == chunk.storedBytes else {
            throw damage("has \(file.count) bytes, not the \(chunk.storedBytes) of the index")
        }
        guard SHA256.hex(file) == chunk.sha256 else { throw damage("does not have the SHA-256 sum of the index") }
        let size = Int(chunk.bytes)
        guard let bytes = file.withUnsafeBytes({ Zstandard.decompress($0, limit: size + 1) }), bytes.count == size
        else {
            throw damage("does not decompress to the \(chunk.bytes) bytes of the index")
        }
        return bytes
    }

    /// Calls `body` with each record in order and its offset, and checks that they are those of the index.
    package func forEachRecord(_ body: (Int64, RecordJSON.Parts) throws -> Void) throws {
        let bytes = try bytes()
        var buffer = JSONBuffer(capacity: 1 << 16)
        var (previous, count) = (chunk.firstOffset - 1, Int64(0))
        try bytes.withUnsafeBytes { text in
            var start = 0
            while start < text.count, let base = text.baseAddress {
                guard let newline = memchr(base + start, 10, text.count - start) else {
                    throw damage("ends in the middle of a line")
                }
                let end = newline - UnsafeMutableRawPointer(mutating: base)
                buffer.load(UnsafeRawBufferPointer(rebasing: text[start..<end]))
                start = end + 1
                let (offset, parts) = try record(buffer, line: count + 1)
                guard offset > previous else { throw damage("has offset \(offset) after \(previous)") }
                (previous, count) = (offset, count + 1)
                try body(offset, parts)
            }
        }
        guard count == chunk.records, previous == chunk.lastOffset else {
            throw damage("has \(count) records up to offset \(previous), not what the index says")
        }
    }

    private func record(_ buffer: borrowing JSONBuffer, line: Int64) throws -> (Int64, RecordJSON.Parts) {
        do throws(RecordFailure) {
            let parts = try RecordJSON.read(buffer)
            guard let offset = parts.offset else { throw .malformed("it has no offset") }
            return (offset, parts)
        } catch {
            throw damage("line \(line): \(error.message)")
        }
    }

    private func damage(_ what: String) -> JobFailure {
        JobFailure("\(folder.path)/\(chunk.file) \(what)")
    }
}
