/// The record batches of one partition in an answer to a fetch, exactly as the log holds them.
package enum FetchedRecords: WireValue {
    case null
    /// Valid for as long as the bytes that it was made from.
    case borrowed(UnsafeRawBufferPointer)
    /// Only the length is written, and the writer notes the place as a splice; whoever sends the answer puts `count`
    /// bytes there, straight from the file. The reference is its word for which bytes they are.
    case elsewhere(reference: Int, count: Int)

    /// Clients take an answer without records as an empty list, while null makes some of them stumble.
    package init() { self = .borrowed(UnsafeRawBufferPointer(start: nil, count: 0)) }

    package var count: Int? {
        switch self {
        case .null: nil
        case .borrowed(let bytes): bytes.count
        case .elsewhere(_, let count): count
        }
    }

    package mutating func code(_ wire: inout WireCoder) throws(WireError) { try wire.records(&self) }
}
