import KappaCore
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct MonitorTests {
    @Test func whoWaitsSeesTheChange() {
        let monitor = Monitor([Int]())
        let thread = WorkerThread("test") { for number in 0..<1000 { monitor.change { $0.append(number) } } }
        var seen: [Int] = []
        while seen.count < 1000 {
            seen += monitor.wait { state -> [Int]? in
                guard !state.isEmpty else { return nil }
                defer { state = [] }
                return state
            }
        }
        thread.join()
        #expect(seen == Array(0..<1000))
    }

    @Test func aWaitEndsWithItsTimeAndLooksOnceMore() {
        let monitor = Monitor(0)
        let began = ContinuousClock.now
        #expect(monitor.wait(.milliseconds(30)) { $0 > 0 ? $0 : nil } == nil)
        #expect(began.duration(to: .now) >= .milliseconds(30))
        monitor.look { $0 = 7 }
        #expect(monitor.wait(.zero) { $0 > 0 ? $0 : nil } == 7)
    }

    @Test func aFlagStaysRaised() {
        let flag = Monitor(false)
        let thread = WorkerThread("test") { flag.raise() }
        #expect(flag.wait(.seconds(30)))
        #expect(flag.wait(.zero))
        thread.join()
    }

    @Test func aThreadBearsItsNameAsFarAsTheKernelKeepsIt() {
        let name = Mutex("")
        let thread = WorkerThread("kappa-a-very-long-name") {
            // Linux shows a thread its own name here.
            let text = try? TextFile.read("/proc/thread-self/comm")
            name.withLock { $0 = text ?? "" }
        }
        thread.join()
        #expect(name.withLock { $0 } == "kappa-a-very-lo\n")
    }

    @Test func backingOffDoublesUpToALimitAndBeginsAnew() {
        var pauses = BackOff(from: .milliseconds(50), to: .milliseconds(300))
        #expect((0..<5).map { _ in pauses.pause() } == [50, 100, 200, 300, 300].map { .milliseconds($0) })
        #expect(pauses.coming == .milliseconds(300))
        pauses.reset()
        #expect(pauses.coming == .milliseconds(50) && pauses.pause() == .milliseconds(50))
    }

    @Test func aDescriptorIsReadableFromTheRingUntilItIsCleared() {
        let bell = EventDescriptor()
        let thread = WorkerThread("test") { bell.ring() }
        EventDescriptor.wait(for: [bell.descriptor], .seconds(30))
        thread.join()
        let began = ContinuousClock.now
        EventDescriptor.wait(for: [bell.descriptor], .seconds(30))
        #expect(began.duration(to: .now) < .seconds(20))
        bell.clear()
        let cleared = ContinuousClock.now
        EventDescriptor.wait(for: [bell.descriptor], .milliseconds(40))
        #expect(cleared.duration(to: .now) >= .milliseconds(40))
    }
}
