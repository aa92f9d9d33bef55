import Glibc

/// The words of this process as `ps` shows them.
enum ProcessArguments {
    /// Overwrites every word that holds `secret`, so that it can no longer be read there.
    static func hide(_ secret: String) {
        let arguments = CommandLine.unsafeArgv
        for index in 1..<max(1, Int(CommandLine.argc)) {
            guard let word = arguments[index], let found = strstr(word, secret) else { continue }
            memset(found, Int32(UInt8(ascii: "*")), strlen(found))
        }
    }
}
