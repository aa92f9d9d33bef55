import Glibc
import KappaCore
import KappaHTTP
import KappaKafka
import KappaStores
import KappaTestSupport
import Testing

@testable import KappaPipeline

/// Stages that are shell scripts: what they tell by their channel is known, whatever they say to people.
@Suite struct StageChannelTests {
    /// Keeps what was said, and asks for the end once every stage is in the state that is waited for.
    private final class Watcher: SupervisorView {
        let stop = StopSignal()
        private let wanted: [String: String]
        private let deadline = ContinuousClock.now + .seconds(120)
        private(set) var said: [String] = []
        private(set) var notes: [String: String] = [:]
        private(set) var isInTime = true

        init(_ wanted: [String: String]) { self.wanted = wanted }

        func show(_ snapshot: PipelineSnapshot) {
            let states = Dictionary(uniqueKeysWithValues: snapshot.stages.map { ($0.name, $0.state) })
            for stage in snapshot.stages { notes[stage.name] = stage.note }
            guard !wanted.allSatisfy({ states[$0.key] == $0.value }) else { return _ = stop.request() }
            guard ContinuousClock.now > deadline else { return }
            isInTime = false
            stop.request()
        }

        func tell(_ line: String, of stage: String) { said.append("\(stage): \(line)") }
        func say(_ text: String) { said.append(text) }
        func detail(_ text: String) {}
        func close() {}
    }

    /// The outcome of a pipeline whose program is a script with these branches.
    private func run(_ branches: String, _ view: Watcher) throws -> (Supervision.Outcome, [String: [String]]) {
        let folder = try TemporaryDirectory()
        let program = try folder.write(
            "stage",
            """
            #!/bin/sh
            tell() { printf '%s\\n' "$1" >&"$KAPPA_STAGE_CHANNEL"; }
            case "$1" in
            topics) exit 0 ;;
            \(branches)
            esac
            exec sleep 300

            """)
        chmod(program, 0o700)
        let store = StoreAddress(kind: "none", name: "none", word: "none") { _ throws(StoreError) in
            throw StoreError(.connection, "there is no store")
        }
        let listen = ListenAddress(port: UInt16(try FreePort.find()))
        var plan = PipelinePlan(
            program: program, folder: folder.path, brokers: "\(listen)", listen: listen, store: store, storeWord: "none"
        )
        plan.source = PipelinePlan.Source.none
        plan.jobs = [("process", [])]
        let lock = open("\(folder.path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(lock) }
        let kafka = KafkaConfiguration(brokers: "\(listen)", timeout: .milliseconds(200))
        let places = PipelineMonitor.Places(kafka: kafka, store: store, input: "in", late: "late", dead: "dead")
        let supervisor = Supervisor(
            plan, monitor: PipelineMonitor(places), lock: lock, timeLimit: nil, view: view, stop: view.stop,
            force: StopSignal(), share: { _ in })
        let outcome = supervisor.run()
        #expect(view.isInTime)
        return (outcome, supervisor.lastWords)
    }

    @Test func stagesThatSayNothingToPeopleAreReadyWhenTheyTellSo() throws {
        let view = Watcher(["broker": "running", "process": "running", "sink": "running"])
        let (outcome, words) = try run(
            """
            broker) tell '{"event":"ready"}' ;;
            process)
                tell '{"event":"of a later version","what":1}'
                tell 'no JSON at all'
                tell '{"event":"doing","what":"windows of \\"10s\\""}'
                tell '{"event":"ready"}' ;;
            """, view)
        #expect(outcome == .stopped)
        #expect(words.isEmpty)
        #expect(view.notes["process"] == "windows of \"10s\"")
    }

    @Test func whatIsSaidToPeopleDecidesNothing() throws {
        // The words that were once waited for, and no word on the channel.
        let view = Watcher(["broker": "running", "process": "starting", "sink": "running"])
        let (outcome, words) = try run(
            """
            broker) tell '{"event":"ready"}'; echo 'listening elsewhere' ;;
            process) echo 'processing monitoring as monitoring' >&2 ;;
            """, view)
        #expect(outcome == .stopped)
        #expect(words["process"] == ["processing monitoring as monitoring"])
    }

    @Test func aStageThatDiesBeforeItWasReadyIsTold() throws {
        let view = Watcher(["broker": "resting"])
        let (outcome, words) = try run("broker) echo 'no room on the disk' >&2; exit 5 ;;", view)
        #expect(outcome == .stopped)
        #expect(words["broker"] == ["no room on the disk"])
        #expect(view.said.contains("broker ended with status 5 before it was ready; starting it again in 500ms"))
    }

    @Test func aStageThatCannotRunEndsThePipelineWithItsOwnWords() throws {
        let view = Watcher(["nobody": "running"])
        let (outcome, words) = try run(
            """
            broker) tell '{"event":"ready"}' ;;
            process) echo 'other rules' >&2; exit 2 ;;
            """, view)
        #expect(outcome == .failed("process", status: 2))
        #expect(words["process"] == ["other rules"])
    }

    @Test func eventsGoThroughTheirLines() {
        for event in [StageEvent.ready, .doing("a \"b\"\n\u{1}é"), .warning("")] {
            #expect(StageEvent(line: event.line.dropLast()) == event)
        }
        #expect(StageEvent(line: "{\"event\":7}".utf8) == nil)
        #expect(StageEvent(line: "".utf8) == nil)
    }
}
