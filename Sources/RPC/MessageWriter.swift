import SwiftProtobuf

/// Sends the messages of a streaming answer. Waits when the caller reads more slowly than the handler writes.
package struct MessageWriter: Sendable {
    let call: ServerCall

    /// Sends one serialised message. Throws `CancellationError` once the call has ended.
    /// - Parameter look: called about once a second while the caller takes nothing; what it throws ends the wait. The message stays queued.
    package func write(_ message: [UInt8], whileWaiting look: @Sendable () async throws -> Void = {}) async throws {
        guard !call.executor.eventLoop.inEventLoop else { return try await queue(message, look) }
        try await withTaskExecutorPreference(call.executor) { try await queue(message, look) }
    }

    /// On the call's event loop.
    private func queue(_ message: [UInt8], _ look: @Sendable () async throws -> Void) async throws {
        guard try call.write(message) else { return }
        while try await call.waitForRoom() { try await look() }
    }
}

/// The same for messages of one type.
package struct ResponseWriter<Response: Message & Sendable>: Sendable {
    let writer: MessageWriter

    package func write(_ response: Response) async throws {
        try await writer.write(try RPCMethod.encode(response))
    }
}

/// The messages of a streaming request, one at a time. The caller may send ahead no more than its window.
package struct MessageReader: Sendable {
    let call: ServerCall

    /// The next serialised message, nil after the last. Throws `CancellationError` once the call has ended.
    package func next() async throws -> [UInt8]? {
        guard !call.executor.eventLoop.inEventLoop else { return try await call.nextMessage() }
        return try await withTaskExecutorPreference(call.executor) { try await call.nextMessage() }
    }
}

/// The same for messages of one type.
package struct RequestStream<Request: Message & Sendable>: Sendable, AsyncSequence {
    let reader: MessageReader

    package struct AsyncIterator: AsyncIteratorProtocol {
        let reader: MessageReader

        package mutating func next() async throws -> Request? {
            guard let bytes = try await reader.next() else { return nil }
            return try RPCMethod.decode(bytes)
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: reader) }
}
