/// A list that grows by pieces of one size: an array doubles, and of a hundred thousand sensors' memory half would lie
/// idle.
struct ChunkedList<Element> {
    private static var bits: Int { 10 }
    private static var mask: Int { (1 << bits) - 1 }

    private var chunks: [[Element]] = []
    private(set) var count = 0

    mutating func append(_ element: Element) {
        if count & ChunkedList.mask == 0 {
            var chunk: [Element] = []
            chunk.reserveCapacity(1 << ChunkedList.bits)
            chunks.append(chunk)
        }
        chunks[chunks.count - 1].append(element)
        count += 1
    }

    subscript(index: Int) -> Element {
        @inline(__always) get { chunks[index >> ChunkedList.bits][index & ChunkedList.mask] }
        @inline(__always) _modify { yield &chunks[index >> ChunkedList.bits][index & ChunkedList.mask] }
    }
}
