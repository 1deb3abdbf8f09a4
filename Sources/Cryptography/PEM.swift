/// The text form of RFC 7468: one labelled block of base64 between two marker lines.
package enum PEM {
    /// No block of ours is longer; a longer one is refused before it is decoded. In bytes of DER.
    package static let maxBytes = 65_536

    /// 64 characters a line, `\n` after each.
    package static func encode(_ der: [UInt8], label: String) -> String {
        var text = "-----BEGIN \(label)-----\n"
        var rest = Base64.encode(der)[...]
        while !rest.isEmpty {
            text += rest.prefix(64) + "\n"
            rest = rest.dropFirst(64)
        }
        return text + "-----END \(label)-----\n"
    }

    /// The contents of every block labelled `label`, in order. Text outside blocks is ignored, as RFC 7468 §2 lets it;
    /// blocks with other labels are skipped; a block that does not end, or whose base64 is not canonical, is a fault.
    package static func decodeAll(_ text: String, label: String) throws(CryptographyFault) -> [[UInt8]] {
        guard text.utf8.count <= maxBytes * 16 else { throw .malformed(what: "PEM text", reason: "it is over 1 MiB") }
        var blocks: [[UInt8]] = []
        var open: String?
        var body = ""
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let line = trimmed(line)
            if let current = open {
                if line == "-----END \(current)-----" {
                    if current == label { blocks.append(try contents(body, label: label)) }
                    open = nil
                } else {
                    body += line
                    guard body.utf8.count <= maxBytes * 2 else { throw .malformed(what: "PEM block \(label)", reason: "it is over 64 KiB") }
                }
            } else if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----"), line.utf8.count > 16 {
                open = String(line.dropFirst(11).dropLast(5))
                body = ""
            }
        }
        guard open == nil else { throw .malformed(what: "PEM text", reason: "a block has no END line") }
        return blocks
    }

    /// The contents of the only block labelled `label`.
    package static func decode(_ text: String, label: String) throws(CryptographyFault) -> [UInt8] {
        let blocks = try decodeAll(text, label: label)
        guard blocks.count == 1, let block = blocks.first else {
            throw .malformed(what: "PEM text", reason: "it holds \(blocks.count) blocks '\(label)' where one is wanted")
        }
        return block
    }

    private static func contents(_ body: String, label: String) throws(CryptographyFault) -> [UInt8] {
        guard let bytes = Base64.decode(body), !bytes.isEmpty else {
            throw .malformed(what: "PEM block \(label)", reason: "its base64 is not canonical")
        }
        guard bytes.count <= maxBytes else { throw .malformed(what: "PEM block \(label)", reason: "it is over 64 KiB") }
        return bytes
    }

    private static func trimmed(_ line: Substring) -> Substring {
        var line = line
        while let last = line.last, last == " " || last == "\t" || last == "\r" { line.removeLast() }
        return line
    }
}
