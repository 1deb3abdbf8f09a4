import Cryptography
import RPC
import Tokens
import Vocabulary

/// One call as the services see it: who calls what, on which connection, and when it came. Shared by the threads that it passes.
package final class Call: Sendable {
    /// The RPC's own name, such as `Query`.
    package let method: String
    package let caller: Caller
    /// The counters that this caller's tokens depend on, at the moment of the call.
    let revocations: RevocationSnapshot
    /// When the request reached the broker.
    package let arrived: Timestamp
    /// Names this call in the log; drawn by the broker.
    package var reference: String { name.description }
    /// The trace that the caller's own log lines name, or a fresh one.
    let trace: TraceContext
    /// Address of the peer, without a port.
    package let peerAddress: String
    /// All values of the metadata key `authorization`.
    package let authorization: [ArraySlice<UInt8>]
    let notes = CallNotes()
    private let name: any CustomStringConvertible & Sendable
    /// Whether nobody waits for the answer any more: the caller has gone, cancelled, or is out of time. May be asked on any thread.
    let isAbandoned: @Sendable () -> Bool

    init(
        method: String, caller: Caller, revocations: RevocationSnapshot, arrived: Timestamp, reference: any CustomStringConvertible & Sendable,
        trace: TraceContext, peerAddress: String, authorization: [ArraySlice<UInt8>], isAbandoned: @escaping @Sendable () -> Bool
    ) {
        self.method = method
        self.caller = caller
        self.revocations = revocations
        self.arrived = arrived
        name = reference
        self.trace = trace
        self.peerAddress = peerAddress
        self.authorization = authorization
        self.isAbandoned = isAbandoned
    }
}
