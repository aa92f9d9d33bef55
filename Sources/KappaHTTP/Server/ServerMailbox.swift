import KappaNetwork
import Synchronization

/// What other threads have to tell the server's.
final class ServerMailbox: Sendable {
    enum Message: Sendable {
        case stop
        /// A worker has an answer for a connection.
        case answer(connection: UInt64, HTTPResponse)
        /// A streamed body has more to give.
        case more(connection: UInt64)
    }

    let bell: Doorbell
    private let messages = Mutex<[Message]>([])

    init(bell: Doorbell) { self.bell = bell }

    func post(_ message: Message) {
        let wasEmpty = messages.withLock { messages in
            defer { messages.append(message) }
            return messages.isEmpty
        }
        if wasEmpty { bell.ring() }
    }

    func takeAll() -> [Message] {
        messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
