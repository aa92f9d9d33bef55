import KappaCore
import KappaDashboard
import KappaHTTP
import Synchronization
import Testing

/// What a browser hears that is in time, behind, and stuck.
@Suite struct LiveStreamTests {
    /// A clock that the test turns.
    final class Clock: Sendable {
        private let instant = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { instant.withLock { $0 } }
        func turn(_ span: Duration) { instant.withLock { $0 += span } }
    }

    private let clock = Clock()

    private func stream() -> LiveStream { LiveStream(now: { [clock] in clock.now }, whenClosed: { _ in }) }

    private func offer(_ stream: LiveStream, id: Int, _ instruments: some Sequence<Int>) {
        let rows = LiveStream.Rows(
            id: "\(id)", rows: instruments.map { ("P-\($0)", Array("[\"P-\($0)\",\(id)]".utf8)) })
        stream.offer(rows, whole: Array("whole \(id)\n\n".utf8))
    }

    private func all(_ stream: LiveStream) -> [String] {
        var pieces: [String] = []
        while case .bytes(let bytes) = stream.pull(1 << 20) { pieces.append(String(decoding: bytes, as: UTF8.self)) }
        return pieces
    }

    @Test func whoeverTakesItInTimeHearsEverythingAsItCame() {
        let stream = stream()
        for id in 1...5 {
            offer(stream, id: id, 1...3)
            #expect(all(stream) == ["whole \(id)\n\n"])
        }
        #expect(stream.pull(1) == .later)
    }

    @Test func whoeverIsBehindGetsTheNewestOfEachInstrument() {
        let stream = stream()
        for id in 1...200 { offer(stream, id: id, [id % 7, 100]) }
        let pieces = all(stream)
        #expect(pieces.count == 2)
        #expect(pieces[0] == "whole 1\n\n")
        // It is to go on from the place of the last one.
        #expect(pieces[1].hasPrefix("id: 200\nevent: rows\ndata: {\"rows\":["))
        for id in 194...200 { #expect(pieces[1].contains("[\"P-\(id % 7)\",\(id)]")) }
        #expect(pieces[1].contains("[\"P-100\",200]"))
        #expect(pieces[1].split(separator: "P-").count == 9)
        // In time again, it hears everything once more.
        offer(stream, id: 201, 1...3)
        #expect(all(stream) == ["whole 201\n\n"])
    }

    @Test func whoeverStaysBehindIsToldToAskAnew() {
        let stream = stream()
        offer(stream, id: 1, [1])
        offer(stream, id: 2, [1])
        clock.turn(.seconds(11))
        offer(stream, id: 3, [1])
        #expect(all(stream) == ["event: reset\ndata: {}\n\n"])
        offer(stream, id: 4, [1])
        #expect(all(stream) == ["whole 4\n\n"])
    }

    @Test func nobodyCostsMoreThanTheBound() {
        let stream = stream()
        for id in 1...50 { offer(stream, id: id, 0..<20_000) }
        #expect(all(stream).map(\.utf8.count).reduce(0, +) <= LiveStream.bound)
        for _ in 1...10_000 { stream.offer(Array(repeating: 65, count: 100)) }
        #expect(all(stream).map(\.utf8.count).reduce(0, +) <= LiveStream.bound)
        #expect(stream.pull(1) == .later)
        stream.close()
        offer(stream, id: 51, [1])
        #expect(stream.pull(1) == .later)
    }
}
