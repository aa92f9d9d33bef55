import CArguments
import Glibc

/// The words of this process and its program, as the C library and the kernel gave them: /proc need not be there.
package enum ProcessArguments {
    /// With the program's own name in front.
    package static let all: [String] = (0..<Int(kappa_argument_count())).compactMap { index in
        kappa_arguments()[index].map { String(cString: $0) }
    }

    /// The program's file, to start it once more.
    static var program: String? {
        if let path = realpath("/proc/self/exe", nil) {
            defer { free(path) }
            return String(cString: path)
        }
        guard let name = kappa_executed_file(), let path = realpath(name, nil) else { return nil }
        defer { free(path) }
        return String(cString: path)
    }

    /// Overwrites every word that holds `secret`, so that `ps` cannot show it any longer.
    static func hide(_ secret: String) {
        for index in 1..<max(1, Int(kappa_argument_count())) {
            guard let word = kappa_arguments()[index], let found = strstr(word, secret) else { continue }
            memset(found, Int32(UInt8(ascii: "*")), strlen(found))
        }
    }
}
