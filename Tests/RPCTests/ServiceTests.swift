import SwiftProtobuf
import Testing

@testable import RPC

@Suite struct ServiceTests {
    private func request(_ field: Int, _ text: String) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.string(field, text)
        return writer.bytes
    }

    @Test func healthIsToldAndChanges() async throws {
        let health = HealthService(services: ["a.B"])
        try await Loopback.start(health.methods).with { client in
            let check = "/grpc.health.v1.Health/Check"
            var answer = try await client.callBytes(check, [])
            #expect(answer.message == [0x08, 1])
            answer = try await client.callBytes(check, request(1, "a.B"))
            #expect(answer.message == [0x08, 1])
            health.set("a.B", .notServing)
            answer = try await client.callBytes(check, request(1, "a.B"))
            #expect(answer.message == [0x08, 2])
            await #expect(throws: RPCStatus(.notFound, "no such service")) { try await client.callBytes(check, request(1, "x")) }
        }
    }

    /// However many connections one certificate opens, the holder of another gets its watch.
    @Test func watchesOfOneCertificateLeaveOthersTheirs() async throws {
        let health = HealthService(services: [])
        let loopback = try await Loopback.start(health.methods)
        try loopback.folder.issue("watcher", by: "ca", usage: "clientAuth")
        let clients = [try await loopback.client(), try await loopback.client(), try await loopback.client(certificate: "watcher")]
        var watches: [RPCAnswerStream<Google_Protobuf_Int32Value>.AsyncIterator] = []
        func watch(_ client: RPCClient) async throws -> Int32? {
            let path = "/grpc.health.v1.Health/Watch"
            let answers = try await client.serverStreaming(path, Google_Protobuf_StringValue(), returning: Google_Protobuf_Int32Value.self)
            watches.append(answers.makeAsyncIterator())
            return try await watches[watches.count - 1].next()?.value
        }
        for index in 0..<16 { #expect(try await watch(clients[index % 2]) == 1) }
        let refusal = RPCStatus(.resourceExhausted, "too many calls watch the health of this server; end some of yours, or use Check")
        for client in clients.prefix(2) { await #expect(throws: refusal) { try await watch(client) } }
        #expect(try await watch(clients[2]) == 1)
        for client in clients { await client.close() }
        await loopback.server.stop(within: .seconds(1))
    }

    /// One peer gets sixteen watches and no more; when one ends, it may have another.
    @Test func onePeerTakesNotAllWatches() async throws {
        let health = HealthService(services: [])
        try await Loopback.start(health.methods).with { client in
            let path = "/grpc.health.v1.Health/Watch"
            var watches: [RPCAnswerStream<Google_Protobuf_Int32Value>.AsyncIterator] = []
            for _ in 0..<16 {
                let watch = try await client.serverStreaming(path, Google_Protobuf_StringValue(), returning: Google_Protobuf_Int32Value.self)
                // Leaving an iterator ends its call, so they are kept.
                watches.append(watch.makeAsyncIterator())
                #expect(try await watches[watches.count - 1].next()?.value == 1)
            }
            let refused = try await client.serverStreaming(path, Google_Protobuf_StringValue(), returning: Google_Protobuf_Int32Value.self)
            let none = refused.makeAsyncIterator()
            do {
                _ = try await none.next()
                Issue.record("a seventeenth watch")
            } catch let status as RPCStatus {
                #expect(status.code == .resourceExhausted)
            }
            watches.removeFirst()
            // The server hears of the cancellation after the client has it.
            for _ in 0..<500 {
                let again = try await client.serverStreaming(path, Google_Protobuf_StringValue(), returning: Google_Protobuf_Int32Value.self)
                let answers = again.makeAsyncIterator()
                do {
                    #expect(try await answers.next()?.value == 1)
                    return
                } catch {
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            Issue.record("a watch that ended is not given back")
        }
    }

    @Test func reflectionFindsFilesAndServices() throws {
        var file = Google_Protobuf_FileDescriptorProto()
        file.name = "a.proto"
        file.package = "a"
        file.dependency = ["b.proto"]
        var service = Google_Protobuf_ServiceDescriptorProto()
        service.name = "S"
        file.service = [service]
        var other = Google_Protobuf_FileDescriptorProto()
        other.name = "b.proto"
        var set = Google_Protobuf_FileDescriptorSet()
        set.file = [file, other]
        let reflection = try ReflectionService(descriptorSet: set.serializedBytes())
        let listed = try #require(ProtobufReader.fields(reflection.answer(request(7, "*"))))
        // list_services_response { service { name: "a.S" } }
        #expect(listed.last?.field == 6)
        #expect(listed.last?.value.block == [0x0A, 5, 0x0A, 3] + Array("a.S".utf8))
        let found = try #require(ProtobufReader.fields(reflection.answer(request(4, "a.S"))))
        let files = try #require(found.last?.value.block.flatMap(ProtobufReader.fields))
        #expect(found.last?.field == 4)
        #expect(files.compactMap(\.value.block) == [try file.serializedBytes(), try other.serializedBytes()])
        let missing = try #require(ProtobufReader.fields(reflection.answer(request(4, "a.T"))))
        #expect(missing.last?.field == 7)
    }
}
