import KappaTestSupport
import Testing

/// A calibration file with typing errors: nothing of it is passed over in silence.
@Suite(.serialized) struct CalibrationFileTests {
    private let reading = """
        {"borehole_number":"BH-1","instrument":"piezometer","surface_level":1,"northing":1,"easting":1,\
        "reading":100,"timestamp":"2024-01-01T00:00:01Z"}

        """

    private func process(
        _ calibration: String, _ broker: BrokerProcess, _ more: String...
    ) async throws -> ChildProcess.Result {
        try broker.folder.write("c.csv", calibration)
        try await Kappa.run(
            "produce", "raw", "--create", "-b", broker.address, stdin: reading)
        return try await Kappa.run(
            ["process", "-i", "raw", "-o", "done", "--route", "", "-b", broker.address, "--drain"]
                + ["--calibration", "c.csv"] + more, directory: broker.folder.path)
    }

    @Test func theFirstLineOfAFileFromExcelIsApplied() async throws {
        let broker = try await BrokerProcess.start()
        let result = try await process("\u{FEFF}BH-1,piezometer,2,0\r\n", broker)
        #expect(result.status == 0, "\(result.errors)")
        #expect(!result.errors.contains("warning"))
        let found = try await Kappa.run("consume", "done", "-e", "-f", "%s", "-b", broker.address)
        #expect(found.output.contains("\"reading\":200.0,"))
        try await broker.stop()
    }

    @Test func aLineThatNoReadingBelongedToIsToldWithTheKeyThatWasProbablyMeant() async throws {
        let broker = try await BrokerProcess.start()
        let two = reading.replacing("BH-1", with: "BH-2")
        try await Kappa.run("produce", "raw", "--create", "-b", broker.address, stdin: two)
        let result = try await process("# of May\nBH-1,piezometer,2,0\nBH-02,piezometer,2,0\n", broker)
        #expect(result.status == 0)
        #expect(
            result.errors.contains(
                "warning: c.csv, line 3: no reading came from 'BH-02,piezometer'; "
                    + "there is 'BH-2,piezometer' without a line"), "\(result.errors)")
        try await broker.stop()
    }

    @Test func aFileOfWhichNothingIsOfUseIsAFailureUnlessItIsAllowed() async throws {
        for (more, status) in [([], 1), (["--allow-unmatched"], 0)] as [([String], Int32)] {
            let broker = try await BrokerProcess.start()
            try broker.folder.write("c.csv", "BH-01,piezometer,2,0\n")
            try await Kappa.run("produce", "raw", "--create", "-b", broker.address, stdin: reading)
            let words = ["process", "-i", "raw", "-o", "done", "--route", "", "-b", broker.address, "--drain"]
            let result = try await Kappa.run(
                words + ["--calibration", "c.csv"] + more, directory: broker.folder.path)
            #expect(result.status == status, "\(result.errors)")
            #expect(result.errors.contains("c.csv, line 1: no reading came from 'BH-01,piezometer'"))
            #expect(result.errors.contains("no line of c.csv matched a reading") == (status == 1))
            try await broker.stop()
        }
    }

    @Test func aJobWithoutAnEndTellsOnceItHasReadWhatThereIs() async throws {
        let broker = try await BrokerProcess.start()
        try broker.folder.write("c.csv", "BH-01,piezometer,2,0\n")
        try await Kappa.run("produce", "raw", "--create", "-b", broker.address, stdin: reading)
        let child = try Kappa.start(
            ["process", "-i", "raw", "-o", "done", "--route", "", "-b", broker.address, "--calibration", "c.csv"],
            directory: broker.folder.path)
        try await child.waitForOutput("there is 'BH-1,piezometer' without a line")
        child.signal(2)
        #expect(try await child.finish().status == 130)
        try await broker.stop()
    }
}
