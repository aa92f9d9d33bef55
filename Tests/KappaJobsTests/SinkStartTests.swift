import KappaCore
import KappaKafka
import KappaStores
import Testing

@testable import KappaJobs

@Suite("Where a sink may go on")
struct SinkStartTests {
    private let witness = Witness(offset: 9, digest: 77)

    private func offset(
        next: Int64, low: Int64, high: Int64, witness: Witness? = nil, cluster: String = "a"
    ) throws -> Int64 {
        let source = TopicPartition("piezometer", 0)
        let position = SinkPosition(source: source, nextOffset: next, clusterID: "a", witness: witness)
        return try SinkStart(position: position, log: Watermarks(low: low, high: high), clusterID: cluster).offset()
    }

    @Test func itReadsItsWitnessAgainWhileThatIsInTheLog() throws {
        #expect(try offset(next: 10, low: 0, high: 10, witness: witness) == 9)
        #expect(try offset(next: 12, low: 9, high: 20, witness: witness) == 9)
        #expect(try offset(next: 12, low: 10, high: 20, witness: witness) == 12)
        #expect(try offset(next: 0, low: 0, high: 0) == 0)
    }

    @Test func aLogThatCannotBeTheSameIsRefused() {
        for (next, low, high) in [(10, 11, 20), (10, 0, 9), (10, 0, 0)] as [(Int64, Int64, Int64)] {
            let error = #expect(throws: StoreError.self) { try offset(next: next, low: low, high: high) }
            #expect(error?.code == .contradiction)
            #expect(error?.message.hasPrefix("piezometer[0]: ") == true)
        }
        #expect(throws: StoreError.self) { try offset(next: 1, low: 0, high: 2, cluster: "b") }
        #expect(throws: Never.self) { try offset(next: 1, low: 0, high: 2, cluster: "") }
    }

    @Test func onlyCompactionExcusesAMissingWitness() {
        let later = Witness(offset: 12, digest: 1)
        #expect(SinkStart.isSameLog(witness, awaited: witness, isCompacted: false))
        #expect(!SinkStart.isSameLog(Witness(offset: 9, digest: 78), awaited: witness, isCompacted: true))
        for met in [later, nil] {
            #expect(!SinkStart.isSameLog(met, awaited: witness, isCompacted: false))
            #expect(SinkStart.isSameLog(met, awaited: witness, isCompacted: true))
        }
    }
}
