import Glibc
import KappaCore
import KappaStores

/// Parameters laid out as libpq takes them: texts, and bytes as they are.
final class BoundParameters {
    private var owned: [UnsafeMutablePointer<CChar>?] = []
    private(set) var lengths: [Int32] = []
    private(set) var formats: [Int32] = []

    init(_ values: [StoreValue]) {
        for value in values {
            switch value {
            case .null: add(nil)
            case .integer(let number): add(String(number))
            case .real(let number): add(String(number))
            case .text(let text): add(text)
            case .time(let time): add(time.rfc3339)
            case .bytes(let bytes): add(bytes)
            }
        }
    }

    deinit { owned.forEach { free($0) } }

    var count: Int32 { Int32(owned.count) }
    var pointers: [UnsafePointer<CChar>?] { owned.map { UnsafePointer($0) } }

    private func add(_ text: String?) {
        owned.append(text.flatMap { strdup($0) })
        lengths.append(0)
        formats.append(0)
    }

    private func add(_ bytes: [UInt8]) {
        // One byte more than needed: an empty value must not be a null one.
        let copy = UnsafeMutablePointer<CChar>(OpaquePointer(malloc(bytes.count + 1)!))
        bytes.withUnsafeBytes { source in
            if let start = source.baseAddress { memcpy(copy, start, source.count) }
        }
        owned.append(copy)
        lengths.append(Int32(bytes.count))
        formats.append(1)
    }
}
