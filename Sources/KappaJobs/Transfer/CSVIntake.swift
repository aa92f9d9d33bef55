import KappaFormats

/// One input that is a table: its header is its own.
final class CSVIntake {
    /// As errors name it.
    let name: String
    private var reader: CSVReader

    init(_ settings: CSVSettings, name: String) throws {
        self.name = name
        do { reader = try CSVReader(settings) } catch { throw CSVIntake.failure(error, name) }
    }

    /// Takes what the splitter holds.
    func take(_ splitter: inout RecordSplitter, _ body: (CSVReader.Event) throws -> Void) throws {
        do {
            try splitter.take { try reader.take($0, isAtEnd: $1, body) }
        } catch let fault as CSVHeaderFault {
            throw CSVIntake.failure(fault, name)
        }
    }

    private static func failure(_ fault: CSVHeaderFault, _ name: String) -> JobFailure {
        JobFailure("\(name): \(fault.message)", hint: fault.hint)
    }
}
