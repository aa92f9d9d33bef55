import KappaCore
import KappaHTTP

/// The body of a request for a change: one flat JSON object with names that the address takes.
struct JSONBody {
    private enum Value {
        case text(String)
        case number(Double)
        case null
        case other
    }

    private var values: [String: Value] = [:]

    /// A form of another page can send no body of this type without being asked first by the browser.
    init(_ request: HTTPRequest, _ names: [String]) throws {
        let type = request.header("content-type")?.split(separator: ";").first.map { $0.lowercased() }
        guard type == "application/json" else { throw UnsupportedBody() }
        var buffer = JSONBuffer()
        request.body.withUnsafeBytes { buffer.load($0) }
        guard let object = try? JSONValue(checking: buffer), object.kind == .object else {
            throw BadRequest(message: "the body is not a JSON object")
        }
        try? object.forEachField { key, value in
            let name = key.text
            switch value.kind {
            case .string: values[name] = .text(value.text)
            case .number: values[name] = value.double.map { Value.number($0) } ?? .other
            case .null: values[name] = .null
            default: values[name] = .other
            }
        }
        if let name = values.keys.sorted().first(where: { !names.contains($0) }) {
            throw BadRequest(message: "there is no '\(name)' here; it takes \(names.joined(separator: ", "))")
        }
    }

    func text(_ name: String, longest: Int = 2000) throws -> String? {
        switch values[name] {
        case nil, .null: return nil
        case .text(let text):
            guard text.utf8.count <= longest else {
                throw BadRequest(message: "'\(name)' is longer than \(longest) bytes")
            }
            return text
        case .number, .other: throw BadRequest(message: "'\(name)' is a text")
        }
    }

    func number(_ name: String, in bounds: ClosedRange<Double>) throws -> Double? {
        switch values[name] {
        case nil, .null: return nil
        case .number(let number) where bounds.contains(number): return number
        default:
            throw BadRequest(message: "'\(name)' is a number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
    }

    func whole(_ name: String, in bounds: ClosedRange<Double>) throws -> Int? {
        guard let number = try number(name, in: bounds) else { return nil }
        guard let whole = Int(exactly: number) else { throw BadRequest(message: "'\(name)' is a whole number") }
        return whole
    }
}

/// A body that is not JSON.
struct UnsupportedBody: Error {}

/// What somebody else has done meanwhile, or what stands in the way.
struct Conflict: Error {
    var message: String
}
