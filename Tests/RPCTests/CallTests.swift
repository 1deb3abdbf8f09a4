import SwiftProtobuf
import Testing

@testable import RPC

@Suite struct CallTests {
    static let upper = RPCMethod.unary("/test.Text/Upper") { (request: Text, _) in Text(request.value.uppercased()) }

    @Test func unaryCallIsAnswered() async throws {
        try await Loopback.start([Self.upper]).with { client in
            let answer: Text = try await client.unary("/test.Text/Upper", Text("abc"))
            #expect(answer.value == "ABC")
        }
    }

    @Test func immediateCallIsAnswered() async throws {
        let method = RPCMethod.immediate("/test.Text/Twice") { (request: Text, _) in Text(request.value + request.value) }
        try await Loopback.start([method]).with { client in
            let answer: Text = try await client.unary("/test.Text/Twice", Text("ab"))
            #expect(answer.value == "abab")
        }
    }

    @Test func handlersRunOnTheLoopAndMayWait() async throws {
        let method = RPCMethod.unary("/test.Text/Slow") { (request: Text, _) in
            try await Task.sleep(for: .milliseconds(20))
            return request
        }
        try await Loopback.start([method]).with { client in
            try await withThrowingTaskGroup(of: String.self) { group in
                for index in 0..<100 {
                    group.addTask { try await client.unary("/test.Text/Slow", Text("\(index)"), returning: Text.self).value }
                }
                var seen = Set<String>()
                for try await value in group { seen.insert(value) }
                #expect(seen.count == 100)
            }
        }
    }

    @Test func thousandAnswersArriveInOrder() async throws {
        let method = RPCMethod.serverStreaming("/test.Text/Count") { (request: Number, _, writer: ResponseWriter<Number>) in
            for index in 0..<request.value { try await writer.write(Number(index)) }
        }
        try await Loopback.start([method]).with { client in
            var next: Int64 = 0
            for try await number in try await client.serverStreaming("/test.Text/Count", Number(1000), returning: Number.self) {
                #expect(number.value == next)
                next += 1
            }
            #expect(next == 1000)
        }
    }

    @Test func fourMebibytesPassBothWays() async throws {
        let method = RPCMethod.immediateBytes("/test.Text/Same") { request, _ in request }
        try await Loopback.start([method]).with { client in
            let bytes = (0..<4 * 1024 * 1024).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            let answer = try await client.callBytes("/test.Text/Same", bytes)
            #expect(answer.message == bytes)
        }
    }

    @Test func messageOverTheBoundIsRefused() async throws {
        let method = RPCMethod.immediateBytes("/test.Text/Same") { request, _ in request }
        try await Loopback.start([method]) { $0.limits.maxMessageBytes = 100 }.with { client in
            let answer = try await client.callBytes("/test.Text/Same", [UInt8](repeating: 1, count: 100))
            #expect(answer.message.count == 100)
            await #expect(throws: RPCStatus(.resourceExhausted, "the message is longer than 100 bytes; send a shorter one")) {
                try await client.callBytes("/test.Text/Same", [UInt8](repeating: 1, count: 101))
            }
        }
    }

    @Test func statusCarriesMessageAndDetails() async throws {
        let status = RPCStatus(
            .permissionDenied, "100 % non: è",
            details: [
                .errorInfo(reason: "NOT_LISTED", domain: "test", metadata: ["field": "a.b"]),
                .badRequest([.init(field: "f", description: "d")]), .retryInfo(delay: .milliseconds(1500)),
                .other(typeURL: "type.googleapis.com/x.Y", value: [1, 2, 3]),
            ])
        let method = RPCMethod.unary("/test.Text/Fail") { (_: Text, _) -> Text in throw status }
        try await Loopback.start([method]).with { client in
            await #expect(throws: status) { try await client.unary("/test.Text/Fail", Text("x"), returning: Text.self) }
        }
    }

    /// A client that takes 8 KiB of trailers, as most do, would lose the status itself.
    @Test func aThousandFaultsStillFitTheTrailers() async throws {
        let violations = (0..<1_000).map { RPCDetail.FieldViolation(field: "terms.fields[\($0)]", description: "is not a field of the dataset") }
        let status = RPCStatus(.invalidArgument, "many", details: [.errorInfo(reason: "MANY", domain: "test", metadata: [:]), .badRequest(violations)])
        let bytes = StatusEncoding.serialise(status)
        #expect(bytes.count < 6_000)
        let details = try #require(StatusEncoding.details(bytes))
        guard details.count == 2, case .badRequest(let kept) = details[1] else {
            Issue.record("the violations are gone")
            return
        }
        #expect(!kept.isEmpty && kept == Array(violations.prefix(kept.count)))
    }

    @Test func foreignErrorDoesNotReachTheCaller() async throws {
        struct Secret: Error { let word = "hunter2" }
        let method = RPCMethod.unary("/test.Text/Fail") { (_: Text, _) -> Text in throw Secret() }
        try await Loopback.start([method]).with { client in
            await #expect(throws: RPCStatus(.internal, "the server failed to answer; quote the call's number when you report this")) {
                try await client.unary("/test.Text/Fail", Text("x"), returning: Text.self)
            }
        }
    }

    @Test func metadataTravelsBothWays() async throws {
        let method = RPCMethod.unary("/test.Text/Meta") { (_: Text, context) in
            context.addInitialMetadata("x-first", context.metadata("x-asked") ?? "none")
            context.addTrailingMetadata("x-last-bin", bytes: try context.metadataBytes("x-asked-bin") ?? [])
            return Text("ok")
        }
        try await Loopback.start([method]).with { client in
            var metadata: Metadata = ["x-asked": "yes"]
            metadata.add("x-asked-bin", bytes: [0, 255, 7])
            let answer = try await client.call("/test.Text/Meta", Text("x"), returning: Text.self, metadata: metadata)
            #expect(answer.initialMetadata.first("x-first") == "yes")
            #expect(answer.trailingMetadata.firstBytes("x-last-bin") == [0, 255, 7])
        }
    }

    @Test func unknownMethodIsUnimplemented() async throws {
        try await Loopback.start([Self.upper]).with { client in
            for path in ["/test.Text/upper", "/test.Text/Upper/", "//test.Text/Upper", "/test.Text%2FUpper", "/test.Text/Upper?x"] {
                await #expect(throws: RPCStatus(.unimplemented, "no such method; list the methods with server reflection")) {
                    try await client.unary(path, Text("abc"), returning: Text.self)
                }
            }
        }
    }

    @Test func badMessageIsInvalidArgument() async throws {
        try await Loopback.start([Self.upper]).with { client in
            await #expect(
                throws: RPCStatus(
                    .invalidArgument, "the request is not a valid google.protobuf.StringValue; check the .proto file used by the client")
            ) {
                try await client.callBytes("/test.Text/Upper", [0x0A, 0xFF])
            }
        }
    }

    @Test func peerIsKnownByItsThumbprint() async throws {
        let method = RPCMethod.unary("/test.Text/Who") { (_: Text, context) in Text(context.peer.thumbprint?.base64URL ?? "nobody") }
        let loopback = try await Loopback.start([method])
        let printed = try loopback.folder.run([
            "x509", "-in", loopback.folder.pair("client").certificate, "-noout", "-fingerprint", "-sha256",
        ])
        let hex = printed.split(separator: "=").last.map { $0.filter(\.isHexDigit).lowercased() } ?? ""
        try await loopback.with { client in
            let answer: Text = try await client.unary("/test.Text/Who", Text("x"))
            #expect(answer.value.isEmpty == false)
            let bytes = stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
            #expect(bytes.count == 32)
            #expect(StatusEncoding.binaryHeader(bytes).replacing("+", with: "-").replacing("/", with: "_") == answer.value)
        }
    }
}
