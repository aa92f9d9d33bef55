/// What opening a log found.
package enum Recovery {
    package struct Report: Equatable, Sendable {
        /// Bytes read again because no checkpoint covered them.
        package var scannedBytes = 0
        /// The unfinished end of the last segment, which was never acknowledged, and was cut.
        package var cut: Cut?
    }

    package struct Cut: Equatable, Sendable {
        package var path: String
        package var position: Int
        package var bytes: Int
        package var offset: Int64
    }
}
