import KappaCore

/// The number of a folder's simulated site: a run that goes on has the boreholes of the run before.
package enum SiteSeed {
    package static func of(_ folder: String, given: UInt64?) throws -> UInt64 {
        let path = "\(folder)/site.seed"
        let kept = (try? TextFile.read(path)).flatMap { $0.textLines.first }.flatMap { UInt64($0) }
        let seed = given ?? kept ?? UInt64.random(in: 1...999_999)
        if seed != kept { try TextFile.write("\(seed)\n", to: path) }
        return seed
    }
}
