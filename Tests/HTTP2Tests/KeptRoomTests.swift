import Testing

@testable import HTTP2

/// What is kept for requests to come is bounded.
@Suite struct KeptRoomTests {
    /// Answers a stream, and holds it as the stream holds its owner.
    private final class Owner {
        let stream: HTTP2Stream

        init(_ stream: HTTP2Stream) {
            self.stream = stream
        }
    }

    private struct Witness {
        weak var owner: Owner?
    }

    @Test func closedStreamsOverTheBoundLetTheirOwnersGo() throws {
        let server = try makeServer { $0.maxKeptStreams = 2 }
        let ids = (0..<5).map { UInt32(2 * $0 + 1) }
        try server.take(Frames.opening + ids.flatMap { Frames.headers($0, end: true) })
        var witnesses: [Witness] = []
        for stream in server.takeTouched() {
            _ = stream.takeNews()
            let owner = Owner(stream)
            stream.owner = owner
            witnesses.append(Witness(owner: owner))
            server.respond(stream, HeaderBlock([(":status", "200")]), end: true)
        }
        _ = try server.everything()
        #expect(witnesses.count == 5 && witnesses.allSatisfy { $0.owner != nil })
        server.recycle(server.takeTouched())
        #expect(witnesses.filter { $0.owner != nil }.count == 2)
        server.rest()
        #expect(witnesses.allSatisfy { $0.owner == nil })
    }

    @Test func theRoomOfALongHeaderListIsGivenBack() {
        var fields = HeaderFields()
        fields.append(name: "x", value: String(repeating: "a", count: HTTP2Limits.keptFieldBytes - 1))
        fields.removeAll()
        #expect(fields.room == HTTP2Limits.keptFieldBytes)
        fields.append(name: "x", value: String(repeating: "a", count: HTTP2Limits.keptFieldBytes))
        fields.removeAll()
        #expect(fields.room == 0)
    }
}
