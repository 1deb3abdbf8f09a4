import Agreements

/// Prints a document as YAML that ``YAMLDocument`` reads back as the same document.
package enum YAMLText {
    package static func print(_ node: DocumentNode) -> String {
        var text = ""
        write(node, indent: 0, to: &text)
        return text
    }

    private static func write(_ node: DocumentNode, indent: Int, to text: inout String) {
        let margin = String(repeating: " ", count: indent)
        switch node {
        case .map(let entries) where !entries.isEmpty:
            for entry in entries {
                text += margin + scalar(entry.key) + ":"
                writeValue(entry.value, indent: indent + 2, to: &text)
            }
        case .list(let elements) where !elements.isEmpty:
            for element in elements {
                switch element {
                case .map(let entries) where !entries.isEmpty:
                    // The first key stands on the line of its hyphen, as people write lists of mappings.
                    var inner = ""
                    write(element, indent: indent + 2, to: &inner)
                    text += margin + "- " + inner.dropFirst(indent + 2)
                default:
                    text += margin + "-"
                    writeValue(element, indent: indent + 2, to: &text)
                }
            }
        default:
            text += margin + inline(node) + "\n"
        }
    }

    private static func writeValue(_ node: DocumentNode, indent: Int, to text: inout String) {
        switch node {
        case .map(let entries) where !entries.isEmpty:
            text += "\n"
            write(node, indent: indent, to: &text)
        case .list(let elements) where !elements.isEmpty:
            text += "\n"
            write(node, indent: indent, to: &text)
        default:
            text += " " + inline(node) + "\n"
        }
    }

    private static func inline(_ node: DocumentNode) -> String {
        switch node {
        case .string(let text): scalar(text)
        case .int(let value): String(value)
        case .bool(let value): value ? "true" : "false"
        case .list: "[]"
        case .map: "{}"
        }
    }

    /// Plain where nothing could mistake it for anything else, in double quotes otherwise.
    private static func scalar(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let isPlain =
            !bytes.isEmpty && bytes.count <= 200 && isLetter(bytes[0]) && bytes[bytes.count - 1] != UInt8(ascii: " ")
            && bytes.allSatisfy { isLetter($0) || isDigit($0) || " -_./()',@".utf8.contains($0) }
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        return isPlain ? text : quoted(text)
    }

    /// JSON's string form is a double-quoted scalar of YAML too.
    private static func quoted(_ text: String) -> String {
        JSONLine.quoted(text)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
