import Glibc
import KappaNetwork

/// One client: frames in, answers out in the order of their requests.
final class Connection {
    let descriptor: Int32
    let stream: ByteStream
    let id: UInt64
    /// The address of the other side, for logs and for the description of group members.
    let peer: String
    var inbox = Inbox()
    var outbox = Outbox()
    /// Set while a request must be answered before the next is read.
    var isMuted = false
    /// Set when the connection ends as soon as what it is owed has been written.
    var isClosing = false
    var isClosed = false
    /// Whether its client may send large requests: where clients have to sign in, once it has.
    var isTrusted = true
    /// Of the memory for requests, how much is set aside for it.
    var reserved = 0
    /// Set while it waits for memory, and is not read from.
    var isStarved = false
    /// When the large request that is arriving began.
    var largeSince: Int64?
    /// What its answers hold of the memory for answers, and what it had read of them when that was last looked at.
    var held = 0
    var pace: (since: Int64, sent: Int)?
    /// What epoll was last told.
    var events: UInt32 = 0
    /// When bytes last moved, in either direction.
    var lastProgress: Int64
    /// The name the client gives itself in its requests.
    var clientName = ""
    /// Who the client has proved to be, on listeners that ask.
    var principal: String?

    /// Answers that wait for the ones before them; nil until they are known.
    private var answers: [Answer?] = []
    private var firstAnswer: UInt64 = 0

    enum Answer {
        case pieces([Outbox.Piece])
        /// A request with no answer (acks=0) still holds its place.
        case silent
    }

    init(descriptor: Int32, stream: ByteStream, id: UInt64, peer: String, now: Moment) {
        self.descriptor = descriptor
        self.stream = stream
        self.id = id
        self.peer = peer
        lastProgress = now.steady
    }

    var unanswered: Int { answers.count }

    /// Takes the next place in the order of answers.
    func openPlace() -> UInt64 {
        answers.append(nil)
        return firstAnswer + UInt64(answers.count) - 1
    }

    /// Fills a place, and moves every answer whose turn has come to the outbox.
    func fill(_ place: UInt64, _ answer: Answer) {
        guard place >= firstAnswer, Int(place - firstAnswer) < answers.count else { return }
        answers[Int(place - firstAnswer)] = answer
        var ready = 0
        while ready < answers.count, let next = answers[ready] {
            if case .pieces(let pieces) = next {
                for piece in pieces { outbox.append(piece) }
            }
            ready += 1
        }
        answers.removeFirst(ready)
        firstAnswer += UInt64(ready)
    }
}
