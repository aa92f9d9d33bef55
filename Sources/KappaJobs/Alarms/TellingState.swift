package import KappaCore

/// How far the telling to one receiver has come: a record of `ALARMS.told`, of which the last one of each receiver
/// counts.
///
/// It is written before a message is sent and after it: whoever begins again in between sends the same message with
/// the same key once more.
package struct TellingState: Equatable, Sendable {
    package enum Outcome: String, Sendable {
        case telling
        case told
        case failed
    }

    package var target: String
    package var outcome: Outcome
    package var time: Timestamp
    /// The events up to here, by partition of the history, are in the message or told before it.
    package var upTo: [Int32: Int64]
    /// Where the message's events begin.
    package var from: [Int32: Int64]
    /// The topic that the places are of, where it is not the history's plain name: a generation's.
    package var history: String?
    package var key = ""
    package var events = 0
    package var reason: String?
    /// When what stands was told the last time.
    package var reminded: Timestamp?

    package static func topic(of alarms: String) -> String { "\(alarms).told" }

    package init(target: String, outcome: Outcome, time: Timestamp, from: [Int32: Int64], upTo: [Int32: Int64]) {
        (self.target, self.outcome, self.time, self.from, self.upTo) = (target, outcome, time, from, upTo)
    }

    package var json: [UInt8] {
        var writer = ByteWriter()
        func put(_ name: StaticString, _ text: String?) {
            guard let text else { return }
            writer.append(literal: name)
            writer.append(quoted: text)
        }
        put("{\"target\":", target)
        put(",\"outcome\":", outcome.rawValue)
        put(",\"time\":", time.rfc3339)
        put(",\"from\":", TellingState.words(from))
        put(",\"up_to\":", TellingState.words(upTo))
        put(",\"history\":", history)
        put(",\"key\":", key)
        writer.append(literal: ",\"events\":")
        writer.append(decimal: Int64(events))
        put(",\"reason\":", reason)
        put(",\"reminded\":", reminded?.rfc3339)
        writer.append(literal: "}")
        return Array(writer.bytes)
    }

    package init?(_ value: UnsafeRawBufferPointer?) {
        guard let value else { return nil }
        var buffer = JSONBuffer()
        buffer.load(value)
        guard let record = try? JSONValue(checking: buffer), record.kind == .object,
            let outcome = Outcome(rawValue: record.member("outcome").text),
            let time = Timestamp(rfc3339: record.member("time").text)
        else { return nil }
        self.init(
            target: record.member("target").text, outcome: outcome, time: time,
            from: TellingState.places(record.member("from").text),
            upTo: TellingState.places(record.member("up_to").text))
        history = record.member("history").kind == .string ? record.member("history").text : nil
        key = record.member("key").text
        events = Int(record.member("events").text) ?? 0
        reason = record.member("reason").kind == .string ? record.member("reason").text : nil
        reminded = Timestamp(rfc3339: record.member("reminded").text)
    }

    private static func words(_ places: [Int32: Int64]) -> String {
        places.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",")
    }

    private static func places(_ words: String) -> [Int32: Int64] {
        let pairs = words.split(separator: ",").compactMap { word -> (Int32, Int64)? in
            let sides = word.split(separator: ":")
            guard sides.count == 2, let partition = Int32(sides[0]), let offset = Int64(sides[1]) else { return nil }
            return (partition, offset)
        }
        return Dictionary(pairs) { $1 }
    }
}
