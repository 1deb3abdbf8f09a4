import Cryptography

/// A status as gRPC carries it: `grpc-message` and `grpc-status-details-bin`.
enum StatusEncoding {
    static let typePrefix = "type.googleapis.com/google.rpc."
    /// Longest message sent, so that trailers stay inside every client's header list bound.
    static let maxMessageBytes = 1024

    /// Percent-encodes all but printable ASCII (gRPC over HTTP/2, "Responses").
    static func percentEncode(_ message: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        for byte in message.utf8.prefix(maxMessageBytes) {
            if byte >= 0x20, byte <= 0x7E, byte != UInt8(ascii: "%") {
                text.append(byte)
            } else {
                text.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Undoes `percentEncode`; a stray percent sign stands for itself.
    static func percentDecode(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hex(bytes[index + 1]), let low = hex(bytes[index + 2]) {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// Bytes of all details of a status, before base64. Clients commonly take 8 KiB of trailers and lose the whole status where there is more; and a
    /// header block stays within one frame, which `HTTP2Session.encoderIsSettled` relies on.
    static let maxDetailBytes = 4_096

    /// A serialised google.rpc.Status. Field violations, and then details, that would pass the bound are left out.
    static func serialise(_ status: RPCStatus) -> [UInt8] {
        var writer = ProtobufWriter()
        writer.varint(1, UInt64(status.code.rawValue))
        writer.string(2, status.message)
        for detail in status.details {
            let (name, value) = encode(detail)
            var any = ProtobufWriter()
            any.string(1, name)
            any.block(2, value)
            guard writer.bytes.count + any.bytes.count <= maxDetailBytes + maxMessageBytes else { continue }
            writer.block(3, any.bytes)
        }
        return writer.bytes
    }

    private static func encode(_ detail: RPCDetail) -> (name: String, value: [UInt8]) {
        var writer = ProtobufWriter()
        switch detail {
        case .errorInfo(let reason, let domain, let metadata):
            writer.string(1, reason)
            writer.string(2, domain)
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
                var entry = ProtobufWriter()
                entry.string(1, key)
                entry.string(2, value)
                writer.block(3, entry.bytes)
            }
            return (typePrefix + "ErrorInfo", writer.bytes)
        case .badRequest(let violations):
            for violation in violations {
                var entry = ProtobufWriter()
                entry.string(1, violation.field)
                entry.string(2, violation.description)
                guard writer.bytes.count + entry.bytes.count <= maxDetailBytes - 512 else { break }
                writer.block(1, entry.bytes)
            }
            return (typePrefix + "BadRequest", writer.bytes)
        case .retryInfo(let delay):
            var duration = ProtobufWriter()
            duration.varint(1, UInt64(bitPattern: delay.components.seconds))
            duration.varint(2, UInt64(bitPattern: delay.components.attoseconds / 1_000_000_000))
            writer.block(1, duration.bytes)
            return (typePrefix + "RetryInfo", writer.bytes)
        case .other(let typeURL, let value): return (typeURL, value)
        }
    }

    /// The details of a serialised google.rpc.Status; nil when it is malformed.
    static func details(_ bytes: [UInt8]) -> [RPCDetail]? {
        guard let fields = ProtobufReader.fields(bytes) else { return nil }
        return fields.filter { $0.field == 3 }.compactMap { field in
            guard let any = field.value.block.flatMap(ProtobufReader.fields) else { return nil }
            let url = any.last { $0.field == 1 }?.value.text ?? ""
            return decode(url, any.last { $0.field == 2 }?.value.block ?? [])
        }
    }

    private static func decode(_ url: String, _ value: [UInt8]) -> RPCDetail {
        let fallback = RPCDetail.other(typeURL: url, value: value)
        guard let fields = ProtobufReader.fields(value) else { return fallback }
        func text(_ fields: [(field: Int, value: ProtobufReader.Value)], _ number: Int) -> String {
            fields.last { $0.field == number }?.value.text ?? ""
        }
        switch url {
        case typePrefix + "ErrorInfo":
            var metadata: [String: String] = [:]
            for field in fields where field.field == 3 {
                guard let entry = field.value.block.flatMap(ProtobufReader.fields) else { return fallback }
                metadata[text(entry, 1)] = text(entry, 2)
            }
            return .errorInfo(reason: text(fields, 1), domain: text(fields, 2), metadata: metadata)
        case typePrefix + "BadRequest":
            let violations = fields.filter { $0.field == 1 }.compactMap { $0.value.block.flatMap(ProtobufReader.fields) }
            return .badRequest(violations.map { .init(field: text($0, 1), description: text($0, 2)) })
        case typePrefix + "RetryInfo":
            guard let duration = fields.last(where: { $0.field == 1 })?.value.block.flatMap(ProtobufReader.fields) else { return fallback }
            let seconds = Int64(bitPattern: duration.last { $0.field == 1 }?.value.number ?? 0)
            let nanoseconds = Int64(bitPattern: duration.last { $0.field == 2 }?.value.number ?? 0)
            return .retryInfo(delay: .seconds(seconds) + .nanoseconds(nanoseconds))
        default: return fallback
        }
    }

    /// Base64 as gRPC sends it: standard alphabet, no padding.
    static func binaryHeader(_ bytes: [UInt8]) -> String {
        String(Base64.encode(bytes).prefix { $0 != "=" })
    }

    /// Reads base64 with or without padding.
    static func binaryHeader(_ text: String) -> [UInt8]? {
        let missing = (4 - text.utf8.count % 4) % 4
        return Base64.decode(text + String(repeating: "=", count: missing))
    }
}
