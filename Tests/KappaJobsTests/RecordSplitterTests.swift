import Glibc
import Testing

@testable import KappaJobs

@Suite struct RecordSplitterTests {
    /// Writes `chunks` through a pipe one by one, so that each read sees one of them.
    func split(_ chunks: [String], by delimiter: String) throws -> [String] {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        var splitter = RecordSplitter(delimiter: Array(delimiter.utf8))
        var records: [String] = []
        for chunk in chunks {
            let bytes = Array(chunk.utf8)
            #expect(write(ends[1], bytes, bytes.count) == bytes.count)
            #expect(splitter.fill(from: ends[0]) == nil)
            splitter.drain { records.append(String(decoding: $0, as: UTF8.self)) }
        }
        close(ends[1])
        while !splitter.isAtEnd {
            #expect(splitter.fill(from: ends[0]) == nil)
            splitter.drain { records.append(String(decoding: $0, as: UTF8.self)) }
        }
        return records
    }

    @Test func linesAreCutAndEmptyOnesKept() throws {
        #expect(try split(["a\n\nb\n"], by: "\n") == ["a", "", "b"])
        #expect(try split(["a\nb"], by: "\n") == ["a", "b"])
        #expect(try split([], by: "\n") == [])
    }

    @Test func aDelimiterMayStandAcrossReads() throws {
        #expect(try split(["one<", "->two<-", ">three"], by: "<->") == ["one", "two", "three"])
        #expect(try split(["a<b<->", "c<-"], by: "<->") == ["a<b", "c<-"])
    }

    @Test func everyCutOfAStreamGivesTheSameRecords() throws {
        let text = "α\r\nβ\r\n\r\nlast"
        let bytes = Array(text.utf8)
        for cut in 1..<bytes.count {
            let parts = [bytes[..<cut], bytes[cut...]].map { String(decoding: $0, as: UTF8.self) }
            guard parts.joined() == text else { continue }
            #expect(try split(parts, by: "\r\n") == ["α", "β", "", "last"])
        }
    }

    @Test func aLongRecordGrowsTheBuffer() throws {
        var splitter = RecordSplitter(delimiter: [10])
        let path = "/tmp/kappa-splitter-\(getpid())"
        defer { unlink(path) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 65, count: 5 << 20)
        bytes.append(10)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        lseek(descriptor, 0, SEEK_SET)
        var sizes: [Int] = []
        while !splitter.isAtEnd {
            #expect(splitter.fill(from: descriptor) == nil)
            splitter.drain { sizes.append($0.count) }
        }
        #expect(sizes == [5 << 20])
    }
}
