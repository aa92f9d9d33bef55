import Glibc
import KappaCore
import KappaKafka

/// Keeps what was not delivered, in kappa's own record form, with the line of the input and the reason.
final class FailedRecords {
    private let path: String
    private let topic: String
    private var descriptor: Int32 = -1
    private var writer = ByteWriter(capacity: 1 << 16)
    private var record = ByteWriter(capacity: 1024)
    private var count = 0
    private var trouble: JobFailure?

    /// Refuses a file that cannot be written before anything is sent; an older one would be lost.
    init(_ path: String, topic: String) throws {
        self.path = path
        self.topic = topic
        var status = stat()
        guard stat(path, &status) != 0 else {
            throw JobFailure(
                usage: "--failed: '\(path)' is there already", hint: "name another file, or move it first")
        }
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        guard access(folder, W_OK) == 0 else {
            throw JobFailure(
                usage: "--failed: '\(folder)' cannot be written to: \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    func keep(_ message: Message, _ error: KafkaError) {
        count += 1
        record.removeAll()
        RecordJSON.write(message, topic: topic, into: &record)
        writer.append(literal: "{\"line\":")
        writer.append(decimal: Int64(message.tag))
        writer.append(literal: ",\"reason\":")
        writer.append(quoted: error.message)
        writer.append(literal: ",")
        writer.append(UnsafeRawBufferPointer(rebasing: record.bytes.dropFirst()))
        writer.append(literal: "\n")
        if writer.count > 1 << 16 { flush() }
    }

    private func flush() {
        guard trouble == nil else { return writer.removeAll() }
        if descriptor < 0 { descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
        var sent = 0
        while sent < writer.count {
            let count = write(descriptor, writer.bytes.baseAddress! + sent, writer.count - sent)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                trouble = JobFailure("cannot write '\(path)': \(String(cString: strerror(errno)))")
                break
            }
            sent += count
        }
        writer.removeAll()
    }

    /// Says where they are; throws where they could not be kept.
    func close(_ voice: Voice) throws {
        guard count > 0 else { return }
        flush()
        if descriptor >= 0 { fsync(descriptor) }
        if let trouble { throw trouble }
        voice.note("\(count) were not delivered and are in \(path): kappa produce \(topic) --json \(path)")
    }
}
