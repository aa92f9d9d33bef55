import Glibc
import SwiftOverlayShims

extension Timestamp {
    /// The wall clock.
    package static var now: Timestamp {
        var time = timeval()
        gettimeofday(&time, nil)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_usec) / 1000)
    }
}
