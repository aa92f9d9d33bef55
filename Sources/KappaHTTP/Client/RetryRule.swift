import KappaCore

/// When a call is made again, and how long after.
///
/// A server that says when to come back is obeyed; else each pause is twice the one before.
package struct RetryRule: Sendable, Equatable {
    package var attempts: Int
    package var firstPause: Duration
    package var longestPause: Duration

    package init(
        attempts: Int = 5, firstPause: Duration = .milliseconds(500), longestPause: Duration = .seconds(60)
    ) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// The pause before attempt `attempt + 1`; nil where it is not worth another.
    func pause(after attempt: Int, of call: HTTPCall, _ outcome: Result<HTTPAnswer, HTTPError>) -> Duration? {
        guard attempt < attempts else { return nil }
        switch outcome {
        case .success(let answer):
            guard RetryRule.isPassing(answer.status, call) else { return nil }
            return min(answer.retryAfter ?? backOff(attempt), longestPause)
        case .failure(let error):
            guard call.isRepeatable, error.kind == .unreachable || error.kind == .timedOut else { return nil }
            return backOff(attempt)
        }
    }

    /// 429 is said before anything is done (RFC 6585, 4); the others may come from a gateway that waited in vain.
    private static func isPassing(_ status: Int, _ call: HTTPCall) -> Bool {
        status == 429 || (call.isRepeatable && [408, 502, 503, 504].contains(status))
    }

    private func backOff(_ attempt: Int) -> Duration {
        min(firstPause * (1 << min(attempt - 1, 20)), longestPause)
    }
}
