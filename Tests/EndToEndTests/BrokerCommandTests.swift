import Glibc
import KappaTestSupport
import Testing

/// The broker's commands, through the real binary.
@Suite struct BrokerCommandTests {
    @Test(.timeLimit(.minutes(1)))
    func brokerStartsInTheBackgroundAndStops() async throws {
        let folder = try TemporaryDirectory()
        let data = ["--data", "\(folder.path)/broker"]
        let started = try await Kappa.run(
            ["broker", "start", "--listen", "127.0.0.1:0", "--json"] + data, directory: folder.path)
        #expect(started.status == 0, "\(started.errors)")
        #expect(started.output.contains("127.0.0.1:"))
        let again = try await Kappa.run(["broker", "start", "--listen", "127.0.0.1:0"] + data, directory: folder.path)
        #expect(again.status == 0 && again.errors.contains("already"))
        let status = try await Kappa.run(["broker", "status", "--json"] + data, directory: folder.path)
        #expect(status.status == 0 && status.output.contains("\"connections\""), "\(status.output)\(status.errors)")
        let check = try await Kappa.run(["broker", "check"] + data, directory: folder.path)
        #expect(check.status == 1 && check.errors.contains("served by process"))
        let stopped = try await Kappa.run(["broker", "stop"] + data, directory: folder.path)
        #expect(stopped.status == 0, "\(stopped.errors)")
        let gone = try await Kappa.run(["broker", "status"] + data, directory: folder.path)
        #expect(gone.status == 3)
        let stoppedAgain = try await Kappa.run(["broker", "stop"] + data, directory: folder.path)
        #expect(stoppedAgain.status == 0)
    }

    @Test(.timeLimit(.minutes(1)))
    func oneBrokerPerFolder() async throws {
        let broker = try await BrokerProcess.start()
        let second = try await Kappa.run(
            "broker", "run", "--data", "\(broker.folder.path)/broker", "--listen", "127.0.0.1:0")
        #expect(second.status == 1)
        #expect(second.errors.contains("another broker uses") && second.errors.contains(broker.address))
    }

    @Test(.timeLimit(.minutes(1)))
    func remoteAddressNeedsToBeAllowed() async throws {
        let result = try await Kappa.run("broker", "run", "--data", "data", "--listen", "0.0.0.0:0")
        #expect(result.status == 2 && result.errors.contains("--allow-remote"))
    }

    @Test(.timeLimit(.minutes(1)))
    func busyPortIsNamed() async throws {
        let broker = try await BrokerProcess.start()
        let second = try await Kappa.run("broker", "run", "--data", "data", "--listen", broker.address)
        #expect(second.status == 1 && second.errors.contains("cannot listen on \(broker.address)"))
    }

    @Test(.timeLimit(.minutes(1)))
    func checkNamesADamagedBatch() async throws {
        let broker = try await BrokerProcess.start()
        let topic = try await Kappa.run("topics", "create", "events", "--brokers", broker.address)
        #expect(topic.status == 0, "\(topic.errors)")
        for line in ["one\n", "two\n"] {
            let made = try await Kappa.run(["produce", "events", "--brokers", broker.address], stdin: line)
            #expect(made.status == 0, "\(made.errors)")
        }
        try await broker.stop()
        let data = "\(broker.folder.path)/broker"
        let sound = try await Kappa.run("broker", "check", "--json", "--data", data)
        #expect(sound.status == 0, "\(sound.errors)")
        flipBit(in: "\(data)/events-0/00000000000000000000.log", at: 68)
        let damaged = try await Kappa.run("broker", "check", "--data", data)
        #expect(damaged.status == 1, "\(damaged.output)\(damaged.errors)")
        #expect(
            damaged.errors.contains("events-0/00000000000000000000.log: the batch at byte 0 (offset 0) has checksum"),
            "\(damaged.errors)")
    }

    /// A process that is killed leaves its end without a checkpoint: a bit that flips there is not a torn end, and the
    /// check, the start in the foreground and the one in the background all say so.
    @Test(.timeLimit(.minutes(1)))
    func damageOfAnAcknowledgedEndIsNamedByAll() async throws {
        let broker = try await BrokerProcess.start()
        let topic = try await Kappa.run("topics", "create", "events", "--brokers", broker.address)
        #expect(topic.status == 0, "\(topic.errors)")
        for line in ["one\n", "two\n"] {
            let made = try await Kappa.run(["produce", "events", "--brokers", broker.address], stdin: line)
            #expect(made.status == 0, "\(made.errors)")
        }
        try await broker.kill()
        let data = "\(broker.folder.path)/broker"
        flipBit(in: "\(data)/events-0/00000000000000000000.log", at: -1)
        for words in [["check"], ["run", "--listen", "127.0.0.1:0"], ["start", "--listen", "127.0.0.1:0"]] {
            let result = try await Kappa.run(["broker"] + words + ["--data", data])
            #expect(result.status == 1, "\(words)")
            #expect(result.errors.contains("has checksum"), "\(words): \(result.errors)")
            #expect(result.errors.contains("had been synced"), "\(words): \(result.errors)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func whatIsMissingIsNotTakenForSound() async throws {
        let broker = try await BrokerProcess.start()
        let topic = try await Kappa.run("topics", "create", "events", "--brokers", broker.address)
        #expect(topic.status == 0, "\(topic.errors)")
        try await broker.stop()
        let nowhere = try await Kappa.run("broker", "check", "--data", "\(broker.folder.path)/nowhere")
        #expect(nowhere.status == 2 && nowhere.errors.contains("is not a broker's data folder"), "\(nowhere.errors)")
        let data = "\(broker.folder.path)/broker"
        #expect(rename("\(data)/events-0", "\(data)/away") == 0)
        for words in [["check"], ["run", "--listen", "127.0.0.1:0"]] {
            let result = try await Kappa.run(["broker"] + words + ["--data", data])
            #expect(result.status == 1 && result.errors.contains("events-0 is missing"), "\(result.errors)")
        }
    }

    /// Counted from the end where it is negative.
    private func flipBit(in path: String, at position: Int) {
        guard let file = fopen(path, "r+") else {
            Issue.record("cannot open \(path)")
            return
        }
        defer { fclose(file) }
        let origin = position < 0 ? SEEK_END : SEEK_SET
        fseek(file, position, origin)
        let byte = fgetc(file)
        fseek(file, position, origin)
        fputc(byte ^ 1, file)
    }
}
