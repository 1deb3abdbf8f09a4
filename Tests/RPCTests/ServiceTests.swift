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
