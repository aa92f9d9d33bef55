import KappaCore
import KappaKafka

/// How far the reading of a topic is that ends where the topic ends now: by offsets, so that what compaction took
/// counts as read.
///
/// Where nobody looks, no broker is asked.
struct TopicProgress: ~Copyable {
    private var progress: Progress
    private var spans: [Span]
    private let total: Int64
    private var count: Int64 = 0

    private struct Span {
        var low: Int64 = 0
        var next: Int64 = 0
    }

    init(_ verb: String, _ topic: String, _ client: KafkaClient, voice: Voice) throws {
        progress = Progress(verb, voice: voice)
        var (spans, total): ([Span], Int64) = ([], 0)
        if voice.showsProgress {
            let marks = try client.watermarks(of: client.partitions(of: topic))
            spans = Array(repeating: Span(), count: (marks.keys.map { Int($0.partition) }.max() ?? -1) + 1)
            for (at, marks) in marks {
                spans[Int(at.partition)] = Span(low: marks.low, next: marks.low)
                total += marks.high - marks.low
            }
        }
        (self.spans, self.total) = (spans, total)
    }

    mutating func read(_ message: Message) {
        count += 1
        guard spans.indices.contains(Int(message.partition)) else { return }
        spans[Int(message.partition)].next = message.offset + 1
        let (spans, total) = (spans, total)
        progress.update(
            count, share: total > 0 ? Double(spans.reduce(0) { $0 + $1.next - $1.low }) / Double(total) : nil)
    }

    mutating func end() { progress.end() }
}
