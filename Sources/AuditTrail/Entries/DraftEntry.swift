import ProtobufWire
import Vocabulary

/// An entry that has not taken its place in the log: encoded where the act happened, so that the sequencer only adds the time.
package struct DraftEntry: Sendable {
    package let kind: EntryKind
    package let arrived: Timestamp
    /// Since when the act waits.
    private let begun: Timestamp
    private let body: [UInt8]

    /// Throws where the entry would be longer than its kind may be, where a time lies before 1970, or where the body would not read
    /// back as itself (an empty name, a signature that is not 64 bytes).
    /// - Parameter begun: when the act itself began, where that is later than its call: a batch of a stream; nil means when the call arrived.
    package init(arrived: Timestamp, begun: Timestamp? = nil, _ body: EntryBody) throws(EntryFault) {
        guard arrived.microseconds >= 0 else { throw .timeOutOfRange }
        kind = body.kind
        self.arrived = arrived
        self.begun = begun ?? arrived
        self.body = body.encoded()
        guard self.body.count + DraftEntry.maxEnvelopeBytes <= EntryLimits.maxBytes(of: kind) else {
            throw .tooLarge(kind, bytes: self.body.count + DraftEntry.maxEnvelopeBytes)
        }
        do throws(WireFault) {
            try body.requireReadable(self.body)
        } catch { throw .body(kind, error) }
    }

    /// Two times of a tag and at most nine bytes, the body's tag and its length of at most three.
    private static let maxEnvelopeBytes = 24

    /// Whether the act has not waited longer than an entry may say (`EntryLimits.maxWaitSeconds`).
    package func mayTakePlace(at moment: Timestamp) -> Bool {
        moment <= begun.advanced(seconds: EntryLimits.maxWaitSeconds)
    }

    /// The canonical bytes of the entry at its place. `moment` is not before 1970 and never before that of the entry before it.
    package func sequenced(at moment: Timestamp) -> [UInt8] {
        precondition(moment.microseconds >= 0, "entries are sequenced after 1970")
        var writer = WireWriter(reserving: body.count + DraftEntry.maxEnvelopeBytes)
        // A clock that was set back a little between the two must not make an act arrive after it was recorded.
        writer.time(1, min(arrived, moment))
        writer.time(2, moment)
        writer.element(Int(kind.rawValue), body)
        return writer.bytes
    }
}
