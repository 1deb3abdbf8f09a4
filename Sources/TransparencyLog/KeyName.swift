/// The name of a log, witness or key in signed notes; a log's name is its origin. Compared byte by byte, because
/// Swift's own string equality takes different bytes for the same text.
package struct KeyName: Hashable, Sendable, CustomStringConvertible {
    package let utf8: [UInt8]

    /// Nil when empty, over 255 bytes, not UTF-8, or holding a Unicode space, a control character or `+`.
    package init?(_ text: some StringProtocol) {
        self.init(utf8: Array(text.utf8))
    }

    package init?(utf8 bytes: [UInt8]) {
        guard !bytes.isEmpty, bytes.count <= Limits.maxKeyNameBytes, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        for scalar in text.unicodeScalars {
            guard scalar != "+", !scalar.properties.isWhitespace, scalar.properties.generalCategory != .control else { return nil }
        }
        utf8 = bytes
    }

    package var description: String { String(decoding: utf8, as: UTF8.self) }
}
