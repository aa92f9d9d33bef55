import Glibc

/// The environment of the process.
enum Environment {
    /// Names the file of a pipeline's settings, which stands before all others.
    static let pipelineFile = "KAPPA_SETTINGS"

    static func value(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
