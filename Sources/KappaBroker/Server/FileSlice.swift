/// A span of an open file that goes to a socket without passing through this program's memory.
struct FileSlice {
    /// Keeps the descriptor open until the last byte has left; a segment may be deleted meanwhile.
    var owner: AnyObject
    var descriptor: Int32
    var position: Int64
    var count: Int
}
