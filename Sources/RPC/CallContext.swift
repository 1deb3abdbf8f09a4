import Cryptography
import HTTP2
import NIOCore
import Synchronization

/// Who is at the other end of a connection. Made once, when the handshake is done.
package final class RPCPeer: Sendable {
    /// SHA-256 of the peer's certificate; nil where the listener asks for none.
    package let thumbprint: Thumbprint?
    /// The peer's certificate in DER.
    package let leafDER: [UInt8]?
    /// Numeric address without port; an IPv4-mapped IPv6 address is written as IPv4.
    package let remoteAddress: String
    package let remotePort: Int

    package init(thumbprint: Thumbprint?, leafDER: [UInt8]?, remoteAddress: String, remotePort: Int) {
        self.thumbprint = thumbprint
        self.leafDER = leafDER
        self.remoteAddress = remoteAddress
        self.remotePort = remotePort
    }
}

/// What a handler may know and say about its call. May be used from any thread.
///
/// Safety: what is variable without a lock is changed by the call alone, and only while nobody else holds the context: a call whose context is held
/// elsewhere when it has ended serves no other request.
package final class CallContext: @unchecked Sendable {
    /// Different for each call of this process; 16 hexadecimal digits when printed.
    package struct CallID: Sendable, Hashable, CustomStringConvertible {
        package let value: UInt64
        package var description: String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    package let peer: RPCPeer
    /// The path, such as `/concordat.v1.Exchange/Query`.
    @safe @exclusivity(unchecked) package internal(set) var method = ""
    @safe @exclusivity(unchecked) package private(set) var callID = CallID(value: 0)
    /// The caller's trace, or a fresh one where it names none or a malformed one.
    @safe @exclusivity(unchecked) package private(set) var trace = TraceContext(high: 0, low: 1)
    /// When the caller stops waiting, on the clock of `NIODeadline`; nil when it waits for ever.
    @safe @exclusivity(unchecked) package private(set) var deadline: NIODeadline?
    @safe @exclusivity(unchecked) private var fields = HeaderFields()
    private let response = Mutex(Response())
    /// False until there is something in `response`: most calls add nothing.
    private let hasResponse = Atomic<Bool>(false)
    private let cancelled = Atomic<Bool>(false)

    struct Response {
        var initial = Metadata()
        var trailing = Metadata()
    }

    init(peer: RPCPeer) {
        self.peer = peer
    }

    /// A new call, which has said nothing yet.
    /// `fields` are taken, and used memory given for them.
    func begin(callID: UInt64, deadline: NIODeadline?, fields: inout HeaderFields) {
        self.callID = CallID(value: callID)
        self.deadline = deadline
        let named = fields.contains("traceparent") ? TraceContext(fields.values("traceparent")) : nil
        swap(&self.fields, &fields)
        trace = named ?? TraceContext(high: CallContext.freshTraces, low: callID)
        cancelled.store(false, ordering: .relaxed)
        guard hasResponse.exchange(false, ordering: .relaxed) else { return }
        response.withLock { $0 = Response() }
    }

    /// The first half of the traces that this process begins; call ids, which begin at random and never repeat, are the second.
    private static let freshTraces = UInt64.random(in: .min ... .max)

    /// Gives the request's fields back to their stream, so that their memory serves the next call.
    func giveFieldsBack(to stream: HTTP2Stream) {
        stream.exchangeFields(&fields)
    }

    /// The first request field called `name` (lower case); nil when there is none.
    package func metadata(_ name: String) -> String? {
        fields.first(named: name)
    }

    /// The bytes of all request fields called `name`, in order and not copied: a caller may not hide a second credential behind the first.
    package func metadataValues(_ name: StaticString) -> [ArraySlice<UInt8>] {
        fields.values(name)
    }

    /// The bytes of a request field whose name ends in `-bin`. Throws INVALID_ARGUMENT when it is not base64.
    package func metadataBytes(_ name: String) throws(RPCStatus) -> [UInt8]? {
        guard let text = fields.first(named: name) else { return nil }
        guard let bytes = StatusEncoding.binaryHeader(text) else {
            throw RPCStatus(.invalidArgument, "metadata \(name) is not base64; send the bytes in base64 without line breaks")
        }
        return bytes
    }

    /// True once the caller has gone, cancelled or run out of time. The handler's task is then cancelled too.
    package var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    /// Adds to the fields sent before the first message; later than that it has no effect.
    package func addInitialMetadata(_ name: String, _ value: String) {
        change { $0.initial.add(name, value) }
    }

    /// Adds to the fields sent after the last message.
    package func addTrailingMetadata(_ name: String, _ value: String) {
        change { $0.trailing.add(name, value) }
    }

    /// The same for bytes; `name` ends in `-bin`.
    package func addTrailingMetadata(_ name: String, bytes: [UInt8]) {
        change { $0.trailing.add(name, bytes: bytes) }
    }

    func cancel() {
        cancelled.store(true, ordering: .relaxed)
    }

    /// Whether the handler has added any fields.
    var hasAdded: Bool { hasResponse.load(ordering: .acquiring) }
    func takeInitial() -> Metadata { hasResponse.load(ordering: .acquiring) ? response.withLock { $0.initial } : Metadata() }
    func takeTrailing() -> Metadata { hasResponse.load(ordering: .acquiring) ? response.withLock { $0.trailing } : Metadata() }

    private func change(_ body: (inout Response) -> Void) {
        response.withLock { body(&$0) }
        hasResponse.store(true, ordering: .releasing)
    }
}
