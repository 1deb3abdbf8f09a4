/// Cuts a stream's bytes into gRPC messages: one flag byte, four length bytes, then the message.
struct MessageDeframer {
    enum Fault: Error, Equatable {
        case tooLong(maxBytes: Int)
        case compressed
        case badFlag
    }

    private let maxBytes: Int
    private var buffer: [UInt8] = []
    private var start = 0
    /// Messages that `next` has given.
    private(set) var messages: UInt64 = 0

    init(maxBytes: Int) {
        self.maxBytes = maxBytes
    }

    /// Nothing has gone through it.
    var isUnused: Bool { messages == 0 && buffer.isEmpty }

    /// Bytes held that are not yet a whole message.
    var heldBytes: Int { buffer.count - start }

    mutating func append(_ bytes: [UInt8]) {
        if start == buffer.count {
            buffer = bytes
            start = 0
        } else {
            if start > 0 {
                buffer.removeFirst(start)
                start = 0
            }
            buffer.append(contentsOf: bytes)
        }
    }

    /// The message where `bytes` are one whole message, and nothing of another was kept before; nil leaves everything to `append` and `next`.
    static func whole(_ bytes: [UInt8], maxBytes: Int) -> [UInt8]? {
        guard bytes.count >= 5, bytes[0] == 0 else { return nil }
        let length = length(bytes, 1)
        guard length <= maxBytes, length == bytes.count - 5 else { return nil }
        // The region is valid during the call and holds five bytes at least.
        return unsafe bytes.withUnsafeBufferPointer { unsafe Array(UnsafeBufferPointer(rebasing: $0[5...])) }
    }

    private static func length(_ bytes: [UInt8], _ start: Int) -> Int {
        Int(bytes[start]) << 24 | Int(bytes[start + 1]) << 16 | Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
    }

    /// The next whole message; nil when more bytes are needed. The length is checked before the message has arrived.
    mutating func next() throws(Fault) -> [UInt8]? {
        guard buffer.count - start >= 5 else { return nil }
        switch buffer[start] {
        case 0: break
        case 1: throw .compressed
        default: throw .badFlag
        }
        let length = Self.length(buffer, start + 1)
        guard length <= maxBytes else { throw .tooLong(maxBytes: maxBytes) }
        guard buffer.count - start - 5 >= length else { return nil }
        let message = Array(buffer[start + 5..<start + 5 + length])
        start += 5 + length
        messages += 1
        if start == buffer.count {
            buffer = []
            start = 0
        }
        return message
    }

    /// The five bytes before a message of `count` bytes, the first in the lowest place.
    static func prefix(_ count: Int) -> UInt64 {
        UInt64(UInt32(count).byteSwapped) << 8
    }
}

extension RPCStatus {
    init(_ fault: MessageDeframer.Fault) {
        switch fault {
        case .tooLong(let maxBytes):
            self.init(.resourceExhausted, "the message is longer than \(maxBytes) bytes; send a shorter one")
        case .compressed: self = .compressedMessage
        case .badFlag: self.init(.internal, "the message's compression flag is neither 0 nor 1")
        }
    }
}
