/// Text of a file that people write. It is UTF-8: another encoding is refused where it shows, and never guessed or repaired.
package enum TextFile {
    /// Throws `BrokerFault.document` with the place of the first byte that is not UTF-8.
    package static func text(_ bytes: [UInt8], file: String) throws(BrokerFault) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        var decoder = UTF8()
        var input = bytes.makeIterator()
        var good: [Unicode.Scalar] = []
        while case .scalarValue(let scalar) = decoder.decode(&input) { good.append(scalar) }
        let place = TextPlace(after: good)
        throw .document(
            file: file, line: place.line, column: place.column,
            reason: "is not UTF-8: save the file in the encoding UTF-8, or convert it with: iconv -f LATIN1 -t UTF-8")
    }
}
