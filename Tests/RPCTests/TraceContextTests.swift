import Testing

@testable import RPC

/// `traceparent` as the W3C Recommendation "Trace Context" (level 1) has it.
struct TraceContextTests {
    private func trace(_ text: String) -> String? { TraceContext(traceparent: ArraySlice(text.utf8))?.description }

    /// The example of §3.2.3.
    @Test func theTraceIDOfAWellFormedHeaderIsRead() {
        #expect(trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace("00-00000000000000010000000000000000-00f067aa0ba902b7-00") == "00000000000000010000000000000000")
    }

    @Test func aLaterVersionIsReadAsFarAsThisOneKnowsIt() {
        #expect(trace("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more") == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01") == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more") == nil)
    }

    @Test(arguments: [
        "", "00", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ])
    func aMalformedHeaderIsNone(_ text: String) {
        #expect(trace(text) == nil)
    }

    @Test func twoHeadersAreNone() {
        let good = ArraySlice("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".utf8)
        #expect(TraceContext([good]) != nil)
        #expect(TraceContext([good, good]) == nil)
        #expect(TraceContext([]) == nil)
    }

    @Test func aFreshTraceIsNeverAllZeros() {
        #expect(TraceContext(high: 0, low: 0).description == "00000000000000000000000000000001")
    }
}
