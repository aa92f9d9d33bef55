/// The disk as the log sees it. The second implementation is the tests' simulated disk, which loses, tears and refuses.
package protocol Storage: Sendable {
    /// Opens a file for reading and writing; `create` makes it where it is missing.
    func open(_ path: String, create: Bool) throws(LogError) -> any StorageFile
    func makeDirectory(_ path: String) throws(LogError)
    /// The names of the entries of a directory; none where it is missing.
    func list(_ directory: String) throws(LogError) -> [String]
    func isDirectory(_ path: String) -> Bool
    func rename(_ from: String, to: String) throws(LogError)
    func remove(_ path: String) throws(LogError)
    func removeDirectory(_ path: String) throws(LogError)
    /// Makes the creations, renames and removals in a directory survive a power cut.
    func syncDirectory(_ path: String) throws(LogError)
}

/// An open file; it is closed when the last reference goes, so bytes on their way to a socket keep it open.
package protocol StorageFile: AnyObject, Sendable {
    /// For `sendfile`; -1 where there is no real file.
    var descriptor: Int32 { get }
    var path: String { get }
    func size() throws(LogError) -> Int
    /// Reads until the buffer is full or the file ends; answers how many bytes there were.
    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(LogError) -> Int
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(LogError)
    func truncate(to size: Int) throws(LogError)
    /// Data and size reach the disk before it returns. May be called from any thread.
    func sync() throws(LogError)
}
