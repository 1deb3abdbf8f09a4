/// Names and values that a call carries beside its messages. Names are lower case; those that end in `-bin` carry bytes.
package struct Metadata: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package struct Field: Sendable, Equatable {
        package let name: String
        /// As sent: base64 where the name ends in `-bin`.
        package let value: String
    }

    package private(set) var fields: [Field] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// Adds a field. `name` must be lower-case letters, digits, `-`, `_` or `.`, not reserved by gRPC, and `value` printable ASCII: both come
    /// from the program, never from a peer.
    package mutating func add(_ name: String, _ value: String) {
        precondition(Self.isName(name) && !name.hasPrefix("grpc-") && value.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E }, "bad metadata field \(name)")
        fields.append(Field(name: name, value: value))
    }

    /// Adds bytes under a name that ends in `-bin`.
    package mutating func add(_ name: String, bytes: [UInt8]) {
        precondition(name.hasSuffix("-bin"), "binary metadata needs a name ending in -bin")
        add(name, StatusEncoding.binaryHeader(bytes))
    }

    package func first(_ name: String) -> String? {
        fields.first { $0.name == name }?.value
    }

    package func firstBytes(_ name: String) -> [UInt8]? {
        first(name).flatMap(StatusEncoding.binaryHeader)
    }

    /// A field that came from the peer, as it came.
    mutating func addReceived(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
