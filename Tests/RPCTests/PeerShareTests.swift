import Cryptography
import HTTP2
import NIOCore
import Synchronization
import Testing

@testable import RPC

/// Row F7 of the attack matrix: what one peer can make a server hold or do is bounded, over all its connections, and others do not feel it.
@Suite struct PeerShareTests {
    private static let answer: RPCMethod = .immediateBytes("/t.T/Long") { _, _ in [UInt8](repeating: 1, count: 1_495) }
    /// 1,500 bytes with their prefix.
    private static let long = RawPeer.fields("/t.T/Long")

    private func core(_ methods: [RPCMethod] = [answer], _ adjust: (inout RPCLimits) -> Void) -> ServerCore {
        var limits = RPCLimits()
        limits.uncountedUnsentBytes = 1_000
        limits.uncountedRequestBytes = 1_000
        adjust(&limits)
        return ServerCore(
            limits: limits, http2: HTTP2Limits(), methods: methods, routes: [HTTPRoute(path: "/page") { _ in .text(200, "a page") }])
    }

    /// A client that takes nothing: its window is empty from the first answer on.
    private func deaf(_ core: ServerCore, _ address: String = "a") throws -> RawPeer {
        var limits = HTTP2Limits()
        limits.streamWindowBytes = 0
        return try RawPeer(core, address: address, client: limits)
    }

    @Test func answersThatAConnectionDoesNotTakeAreBounded() throws {
        let core = core { $0.maxUnsentBytesPerConnection = 4_000 }
        let peer = try deaf(core)
        // 1,500 and 3,000 bytes wait; more than half of the bound lets nothing begin.
        #expect(try peer.ask(Self.long, framed([])).grpcStatus == nil)
        #expect(try peer.ask(Self.long, framed([])).grpcStatus == nil)
        #expect(try peer.ask(Self.long, framed([])).grpcStatus == "8")
        #expect(peer.connection?.session?.unsentBytes == 3_000)
        #expect(try peer.ask(RawPeer.fields("/page", method: "GET", type: nil)).fields.first(":status") == "503")
        #expect(try RawPeer(core, address: "a").ask(Self.long, framed([])).grpcStatus == "0")
    }

    @Test func anAnswerThatWouldPassTheBoundIsDropped() throws {
        let core = core { $0.maxUnsentBytesPerConnection = 1_499 }
        let peer = try RawPeer(core)
        #expect(try peer.ask(Self.long, framed([])).grpcStatus == "8")
        #expect(peer.connection?.session?.unsentBytes == 0)
    }

    @Test func answersThatAPeerDoesNotTakeAreBoundedOverItsConnections() async throws {
        let core = core { $0.maxUnsentBytesPerPeer = 4_000 }
        let first = try deaf(core)
        for _ in 0..<2 { #expect(try first.ask(Self.long, framed([])).grpcStatus == nil) }
        // One step is free; 2,000 bytes are charged, which is half; the next answer brings it over.
        #expect(core.peers.answerBytes == 2_000)
        let second = try deaf(core)
        #expect(try second.ask(Self.long, framed([])).grpcStatus == nil)
        #expect(core.peers.answerBytes == 3_000)
        #expect(try second.ask(Self.long, framed([])).grpcStatus == "8")
        try await first.channel.close().get()
        #expect(core.peers.answerBytes == 1_000)
        for _ in 0..<2 { #expect(try second.ask(Self.long, framed([])).grpcStatus == nil) }
        #expect(try second.ask(Self.long, framed([])).grpcStatus == "8")
        #expect(try RawPeer(core, address: "b").ask(Self.long, framed([])).grpcStatus == "0")
    }

    /// Whoever takes nothing is stopped where half of the server's bytes wait; whoever takes what it asks for goes on.
    @Test func answersThatNobodyTakesAreBoundedForTheServer() throws {
        let core = core { $0.maxUnsentBytes = 4_000 }
        let deaf = try ["a", "b", "c"].map { try self.deaf(core, $0) }
        for peer in deaf { #expect(try peer.ask(Self.long, framed([])).grpcStatus == nil) }
        #expect(core.peers.answerBytes == 3_000)
        for peer in deaf { #expect(try peer.ask(Self.long, framed([])).grpcStatus == "8") }
        #expect(try RawPeer(core, address: "d").ask(Self.long, framed([])).grpcStatus == "0")
    }

    /// Certificates that nobody knows share what one known certificate has, whatever their number.
    @Test func strangersCannotUseUpWhatOthersNeed() throws {
        var limits = RPCLimits()
        limits.maxRequestBytes = 10_000
        limits.maxRequestBytesPerPeer = 4_000
        limits.maxRequestBytesOfStrangers = 3_000
        let thumbprints = (0..<5).map { Thumbprint(ofCertificate: [UInt8($0)]) }
        let known = thumbprints[0]
        let shares = PeerShares(limits) { $0 == known }
        let strangers = thumbprints.dropFirst().map { shares.share(of: .certificate($0)) }
        #expect(strangers[0].requests.charge(2_000))
        #expect(!strangers[1].requests.charge(2_000))
        #expect(strangers[2].requests.charge(1_000))
        #expect(!strangers[3].requests.charge(1))
        let own = shares.share(of: .certificate(known))
        #expect(own.requests.charge(4_000))
        #expect(!own.requests.charge(1))
        strangers[0].requests.release(2_000)
        #expect(strangers[1].requests.charge(2_000))
        // Without a register all are known, and networks are no certificates.
        #expect(PeerShares(limits).share(of: .certificate(thumbprints[1])).requests.charge(4_000))
        #expect(shares.share(of: .network("192.0.2.1")).requests.charge(3_000))
    }

    /// An enrolment, or a retirement, while a peer is connected gives it nothing twice.
    @Test func aPeerThatBecomesKnownOrUnknownHasOneShare() {
        var limits = RPCLimits()
        limits.maxRequestBytes = 10_000
        limits.maxRequestBytesPerPeer = 4_000
        limits.maxRequestBytesOfStrangers = 3_000
        limits.maxUnsentBytesPerPeer = 4_000
        limits.maxRunningHandlersPerPeer = 1
        let isKnown = Atomic<Bool>(false)
        let peer = PeerIdentity.certificate(Thumbprint(ofCertificate: [1]))
        let shares = PeerShares(limits) { _ in isKnown.load(ordering: .relaxed) }
        let before = shares.share(of: peer)
        #expect(before.requests.charge(3_000) && before.answers.charge(3_000) && before.beginHandler())
        isKnown.store(true, ordering: .relaxed)
        let after = shares.share(of: peer)
        #expect(!after.requests.charge(1_001) && after.requests.charge(1_000))
        #expect(!after.answers.charge(1_001))
        #expect(!after.beginHandler())
        #expect(shares.requestBytes == 4_000)
        before.requests.release(3_000)
        before.endHandler()
        #expect(shares.requestBytes == 1_000 && after.beginHandler())
        // What strangers have together is free again, and holds again for it.
        isKnown.store(false, ordering: .relaxed)
        let again = shares.share(of: peer)
        #expect(!again.requests.charge(3_001) && again.requests.charge(3_000))
        #expect(shares.requestBytes == 4_000)
    }

    /// Of an IPv6 network every address is one peer's to choose.
    @Test func peersWithoutCertificatesAreTheirNetworks() throws {
        let core = core { _ in }
        let peers = try ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "192.0.2.1", "192.0.2.2"].map { try RawPeer(core, address: $0) }
        #expect(core.peers.count == 4)
        withExtendedLifetime(peers) {}
    }

    @Test func answersThatAreTakenCountNoLonger() throws {
        let core = core { $0.maxUnsentBytesPerPeer = 4_000 }
        let peer = try RawPeer(core)
        for _ in 0..<50 { #expect(try peer.ask(Self.long, framed([])).grpcStatus == "0") }
        try peer.tick(NIODeadline.now().uptimeNanoseconds)
        #expect(core.peers.answerBytes == 0)
    }

    @Test func streamedMessagesThatAreNotTakenAreBounded() throws {
        let stream = RPCMethod.serverStreamingBytes("/t.T/Stream") { _, _, writer in
            for _ in 0..<3 { try await writer.write([UInt8](repeating: 1, count: 1_495)) }
        }
        let core = core([stream]) { $0.maxUnsentBytesPerConnection = 4_000 }
        let peer = try deaf(core)
        let call = try peer.ask(RawPeer.fields("/t.T/Stream"), framed([]))
        #expect(call.grpcStatus == nil)
        // The third message found no room: what waits is the first two and the end.
        #expect(peer.connection?.session?.unsentBytes == 3_000)
        #expect(peer.connection?.runningHandlers == 0)
    }

    @Test func runningHandlersOfAPeerAreBoundedOverItsConnections() async throws {
        let gate = Gate()
        let wait: RPCMethod = .unaryBytes("/t.T/Wait") { request, _ in
            await gate.pass()
            return request
        }
        let core = core([wait]) { $0.maxRunningHandlersPerPeer = 2 }
        let fields = RawPeer.fields("/t.T/Wait")
        let first = try RawPeer(core, address: "a")
        for _ in 0..<2 { #expect(try first.ask(fields, framed([])).grpcStatus == nil) }
        #expect(try RawPeer(core, address: "a").ask(fields, framed([])).grpcStatus == "8")
        #expect(try RawPeer(core, address: "b").ask(fields, framed([])).grpcStatus == nil)
        // Handlers outlive their connection, and so does the share.
        try await first.channel.close().get()
        let again = try RawPeer(core, address: "a")
        #expect(try again.ask(fields, framed([])).grpcStatus == "8")
        gate.open()
        try first.pump()
        #expect(try again.ask(fields, framed([])).grpcStatus == nil)
        gate.open()
        try again.pump()
    }

    @Test func requestBytesOfAPeerAreBounded() throws {
        let core = core([WireRuleTests.same]) { $0.maxRequestBytesPerPeer = 2_000 }
        let fields = RawPeer.fields("/t.T/Same")
        let first = try RawPeer(core, address: "a")
        let part = [UInt8](repeating: 0, count: 2_995)
        #expect(try first.ask(fields, framed(part, length: 5_000), end: false).grpcStatus == nil)
        #expect(try RawPeer(core, address: "a").ask(fields, framed(part, length: 5_000), end: false).grpcStatus == "8")
        #expect(try RawPeer(core, address: "b").ask(fields, framed(part, length: 5_000), end: false).grpcStatus == nil)
    }

    @Test func sharesAreForgottenWithTheirLastConnection() async throws {
        let core = core { _ in }
        let first = try RawPeer(core, address: "a")
        let second = try RawPeer(core, address: "a")
        #expect(core.peers.count == 1)
        try await second.channel.close().get()
        second.letGo()
        #expect(core.peers.count == 1)
        try await first.channel.close().get()
        first.letGo()
        #expect(core.peers.count == 0)
    }

    @Test func aMessageThatStallsEndsItsCall() throws {
        let core = core([WireRuleTests.same]) { $0.messageNanoseconds = .max }
        let peer = try RawPeer(core)
        let stream = try peer.ask(RawPeer.fields("/t.T/Same"), framed([], length: 100), end: false)
        let start = NIODeadline.now().uptimeNanoseconds
        try peer.tick(start + 9_000_000_000)
        #expect(stream.grpcStatus == nil)
        try peer.tick(start + 10_500_000_000)
        #expect(stream.grpcStatus == "4")
    }

    /// The time of a stream's message counts from when its handler awaits it, whatever the machine's clock says.
    @Test func aStreamedMessageHasItsTimeFromWhenItIsAwaited() throws {
        let reads = RPCMethod.bidirectionalBytes("/t.T/Reads") { reader, _, _ in while try await reader.next() != nil {} }
        let core = core([reads]) { $0.messageProgressNanoseconds = .max }
        let peer = try RawPeer(core)
        let stream = try peer.ask(RawPeer.fields("/t.T/Reads"), framed([1, 2], length: 100), end: false)
        let start = NIODeadline.now().uptimeNanoseconds
        try peer.tick(start + 1_000_000_000)
        #expect(stream.grpcStatus == nil)
        try peer.tick(start + 59_000_000_000)
        #expect(stream.grpcStatus == nil)
        try peer.tick(start + 62_000_000_000)
        #expect(stream.grpcStatus == "4")
    }

    /// A peer may not be allowed to send while a handler is busy: that time is the handler's.
    @Test func aPeerIsNotBlamedForTheHandlersTime() throws {
        let gate = Gate()
        let late = RPCMethod.bidirectionalBytes("/t.T/Late") { reader, _, _ in
            _ = try await reader.next()
            await gate.pass()
            while try await reader.next() != nil {}
        }
        let core = core([late]) { _ in }
        let peer = try RawPeer(core)
        let stream = try peer.ask(RawPeer.fields("/t.T/Late"), framed([1]) + framed([2], length: 100), end: false)
        let start = NIODeadline.now().uptimeNanoseconds
        for second in stride(from: UInt64(1), through: 100, by: 9) { try peer.tick(start + second * 1_000_000_000) }
        #expect(stream.grpcStatus == nil)
        gate.open()
        try peer.pump()
        try peer.tick(start + 101_000_000_000)
        try peer.tick(start + 109_000_000_000)
        #expect(stream.grpcStatus == nil)
        try peer.tick(start + 112_000_000_000)
        #expect(stream.grpcStatus == "4")
    }

    @Test func aMessageThatTricklesInEndsItsCall() throws {
        let core = core([WireRuleTests.same]) {
            $0.messageNanoseconds = 30_000_000_000
            $0.messageProgressNanoseconds = .max
        }
        let peer = try RawPeer(core)
        let stream = try peer.ask(RawPeer.fields("/t.T/Same"), framed([], length: 100), end: false)
        let start = NIODeadline.now().uptimeNanoseconds
        try peer.tick(start + 29_000_000_000)
        #expect(stream.grpcStatus == nil)
        try peer.tick(start + 31_000_000_000)
        #expect(stream.grpcStatus == "4")
    }

    /// Handlers that wait until the test lets them go.
    private final class Gate: Sendable {
        private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

        func pass() async {
            await withCheckedContinuation { continuation in waiting.withLock { $0.append(continuation) } }
        }

        func open() {
            let all = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for continuation in all { continuation.resume() }
        }
    }
}
