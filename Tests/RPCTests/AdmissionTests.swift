import HTTP2
import NIOCore
import Synchronization
import Testing

@testable import RPC
@testable import TLS

/// Rows B6 and F16 of the attack matrix: who may begin a handshake, and whose name a connection answers for.
@Suite struct AdmissionTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func anAddressGetsItsBurstAndThenItsRate() {
        var budget = HandshakeBudget(burst: 3, perSecond: 2, maxNetworks: 10)
        for _ in 0..<3 { expect(&budget, "192.0.2.1", 0, true) }
        expect(&budget, "192.0.2.1", 0, false)
        // Another address has a bucket of its own.
        expect(&budget, "192.0.2.2", 0, true)
        // Half a second is worth one handshake, two seconds no more than the burst.
        expect(&budget, "192.0.2.1", Self.second / 2, true)
        expect(&budget, "192.0.2.1", Self.second / 2, false)
        for _ in 0..<3 { expect(&budget, "192.0.2.1", 10 * Self.second, true) }
        expect(&budget, "192.0.2.1", 10 * Self.second, false)
    }

    /// An attempt every 3 ms for a second, at 200 a second: the burst of 10 and what a second is worth, with no fraction of a token lost.
    @Test func theRateIsWhatTheLimitSays() {
        var budget = HandshakeBudget(burst: 10, perSecond: 200, maxNetworks: 8)
        var admitted = 0
        for step in 0...333 where budget.admit("192.0.2.1", now: UInt64(step) * 3_000_000) { admitted += 1 }
        #expect((209...210).contains(admitted))
    }

    @Test func theTableOfAddressesIsBounded() {
        var budget = HandshakeBudget(burst: 1, perSecond: 1, maxNetworks: 100)
        for number in 0..<1_000 {
            expect(&budget, "198.51.\(number / 256).\(number % 256)", 0, true)
            #expect(budget.count == number % 100 + 1)
        }
    }

    @Test func anEndlessBurstIsNoBound() {
        var budget = HandshakeBudget(burst: .max, perSecond: .max, maxNetworks: 1)
        for step in 0..<10_000 { expect(&budget, "192.0.2.1", UInt64(step) * Self.second / 100, true) }
        expect(&budget, "192.0.2.1", .max, true)
    }

    /// RFC 4291 section 2.2: the same 64 bits in several spellings.
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::6", "2001:db8:1:2::/64"),
        ("2001:db8::6", "2001:db8:0:0::/64"), ("::1", "0:0:0:0::/64"), ("2001:db8:1:2:3:4:5::", "2001:db8:1:2::/64"),
    ])
    func ipv6AddressesCountByTheirNetwork(address: String, network: String) {
        #expect(PeerIdentity.network(of: address) == network)
    }

    @Test func aConnectionOverTheRateIsClosedBeforeItsHandshake() async throws {
        let loopback = try await Loopback.start([CallTests.upper]) {
            $0.limits.handshakeBurst = 2
            $0.limits.handshakesPerSecond = 0
        }
        let first = try await loopback.client()
        let second = try await loopback.client()
        await #expect(throws: RPCStatus.self) { try await loopback.client() }
        #expect(try await second.unary("/test.Text/Upper", Text("a"), returning: Text.self).value == "A")
        await first.close()
        await second.close()
        await loopback.server.stop(within: .seconds(1))
    }

    /// RFC 9110 section 15.5.20. The port says nothing about the name, nor does the case.
    @Test(arguments: [
        ("broker.example", "broker.example", false), ("broker.example", "broker.example:8443", false), ("broker.example", "broker.example.", false), ("Broker.Example", "broker.EXAMPLE", false),
        ("broker.example", "other.example", true), ("broker.example", "broker.example.other", true), ("broker.example", "127.0.0.1:8443", true),
        ("broker.example", "[::1]:8443", true), ("broker.example", "", true),
    ])
    func aRequestForAnotherNameIsMisdirected(name: String, asked: String, isMisdirected: Bool) {
        var fields = HeaderFields()
        fields.append(name: ":authority", value: asked)
        var authority = Authority(serverName: name)
        let first = authority.isMisdirected(fields)
        // Remembered or not, the answer is the same.
        let again = authority.isMisdirected(fields)
        #expect(first == isMisdirected && again == isMisdirected)
        var anonymous = Authority(serverName: nil)
        let unnamed = anonymous.isMisdirected(fields)
        #expect(!unnamed)
    }

    /// It is refused before any method or route sees it; the requests for the right name on the same connection are answered.
    @Test func aMisdirectedRequestReachesNoHandler() throws {
        let called = Mutex(0)
        let peer = try RawPeer(
            [
                .immediateBytes("/t.T/Count") { request, _ in
                    called.withLock { $0 += 1 }
                    return request
                }
            ],
            routes: [
                HTTPRoute(path: "/count") { _ in
                    called.withLock { $0 += 1 }
                    return .text(200, "ok")
                }
            ])
        let handshake = TLSPeer(leafDER: nil, thumbprint: nil, applicationProtocol: "h2", serverName: "a", version: "TLSv1.3")
        peer.channel.pipeline.fireUserInboundEventTriggered(TLSHandshakeCompleted(peer: handshake))
        func other(_ fields: [(name: String, value: String)]) -> [(name: String, value: String)] {
            fields.map { $0.name == ":authority" ? (name: $0.name, value: "b") : $0 }
        }
        let call = RawPeer.fields("/t.T/Count")
        let get = RawPeer.fields("/count", method: "GET", type: nil)
        #expect(try peer.ask(call, framed([1])).grpcStatus == "0")
        #expect(try peer.ask(other(call), framed([1])).fields.first(":status") == "421")
        #expect(try peer.ask(other(get)).fields.first(":status") == "421")
        #expect(called.withLock { $0 } == 1)
        #expect(try peer.ask(get).fields.first(":status") == "200")
        #expect(try peer.ask(call, framed([1])).grpcStatus == "0")
        #expect(called.withLock { $0 } == 3)
    }

    @Test func whereNoAuthorityIsSentTheHostCounts() {
        var fields = HeaderFields()
        fields.append(name: "host", value: "other.example")
        var authority = Authority(serverName: "broker.example")
        let isMisdirected = authority.isMisdirected(fields)
        #expect(isMisdirected)
        var bare = Authority(serverName: "broker.example")
        let isBareMisdirected = bare.isMisdirected(HeaderFields())
        #expect(isBareMisdirected)
    }

    private func expect(_ budget: inout HandshakeBudget, _ address: String, _ now: UInt64, _ isAdmitted: Bool) {
        let found = budget.admit(address, now: now)
        #expect(found == isAdmitted)
    }
}
