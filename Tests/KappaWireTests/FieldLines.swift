import KappaWire

/// The fields of a message as lines, `topics.0.name=Name-ü4`, found by reflection: under their names, so that it does
/// not depend on the order in which the codec takes them.
func fieldLines(_ value: Any, at path: String = "") -> [String] {
    if let leaf = leafText(value) { return ["\(path)=\(leaf)"] }
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional {
        return mirror.children.first.map { fieldLines($0.value, at: path) } ?? ["\(path)=null"]
    }
    if mirror.displayStyle == .collection, mirror.children.isEmpty { return ["\(path)=[]"] }
    return mirror.children.enumerated().flatMap { index, child in
        let name = child.label ?? String(index)
        return fieldLines(child.value, at: path.isEmpty ? name : "\(path).\(name)")
    }
}

private func leafText(_ value: Any) -> String? {
    switch value {
    case let error as ErrorCode: String(error.rawValue)
    case let number as any BinaryInteger: String(describing: number)
    case let flag as Bool: String(flag)
    case let text as String: text
    case let id as WireUUID: id.description
    case let number as Double: String(number)
    // An empty array casts to an array of anything.
    case let bytes as [UInt8] where type(of: value) == [UInt8].self: "0x" + hexadecimal(bytes)
    case let bytes as UnsafeRawBufferPointer: "0x" + hexadecimal(bytes)
    case FetchedRecords.null: "null"
    case FetchedRecords.borrowed(let bytes): "0x" + hexadecimal(bytes)
    default: nil
    }
}
