import KappaCore
import Synchronization
import Testing

@testable import KappaHTTP

/// The rule is a pure function of the attempt, the call and its outcome.
@Suite struct RetryRuleTests {
    let rule = RetryRule(attempts: 4, firstPause: .milliseconds(100), longestPause: .seconds(2))

    func answer(_ status: Int, retryAfter: Duration? = nil) -> Result<HTTPAnswer, HTTPError> {
        .success(HTTPAnswer(status: status, headers: [:], body: [], retryAfter: retryAfter))
    }

    @Test func eachPauseIsTwiceTheOneBeforeUpToTheLongest() {
        let call = HTTPCall(.get, "http://x/")
        let pauses = (1...4).map { rule.pause(after: $0, of: call, answer(503)) }
        #expect(pauses == [.milliseconds(100), .milliseconds(200), .milliseconds(400), nil])
        #expect(RetryRule(attempts: 99).pause(after: 60, of: call, answer(503)) == .seconds(60))
    }

    @Test func aServerThatSaysWhenIsObeyedWithinReason() {
        let call = HTTPCall(.get, "http://x/")
        #expect(rule.pause(after: 1, of: call, answer(503, retryAfter: .seconds(1))) == .seconds(1))
        #expect(rule.pause(after: 1, of: call, answer(503, retryAfter: .seconds(999))) == .seconds(2))
    }

    @Test func whatWasAnsweredIsNotAskedAgain() {
        for status in [200, 204, 301, 400, 401, 404, 409, 500] {
            #expect(rule.pause(after: 1, of: HTTPCall(.get, "http://x/"), answer(status)) == nil)
        }
    }

    @Test func aPostThatMayHaveBeenDoneIsNotSentTwice() {
        let post = HTTPCall(.post, "http://x/")
        let lost = Result<HTTPAnswer, HTTPError>.failure(HTTPError(.timedOut, "x did not answer in time"))
        #expect(rule.pause(after: 1, of: post, lost) == nil)
        #expect(rule.pause(after: 1, of: post, answer(503)) == nil)
        #expect(rule.pause(after: 1, of: post, answer(429)) == .milliseconds(100))
        #expect(rule.pause(after: 1, of: HTTPCall(.post, "http://x/", isRepeatable: true), lost) != nil)
        #expect(rule.pause(after: 1, of: HTTPCall(.put, "http://x/"), lost) != nil)
    }

    @Test func aWrongAddressIsNotTriedAgain() {
        let wrong = Result<HTTPAnswer, HTTPError>.failure(HTTPError(.usage, "'x' is not a web address"))
        #expect(rule.pause(after: 1, of: HTTPCall(.get, "x"), wrong) == nil)
    }
}
