/// One Swift file cut into tokens, with comments and the text of string literals taken out, so that a rule looks at code only.
struct SwiftSource {
    enum Kind { case word, number, string, symbol }

    struct Token {
        let kind: Kind
        let text: String
        let line: Int
        /// Whether white space, a comment or the start of the file is directly in front of it.
        let spaceBefore: Bool
    }

    struct Comment {
        let text: String
        let firstLine: Int
        let lastLine: Int
    }

    /// Relative to the repository, for messages: `Sources/Tokens/Claims.swift`.
    let path: String
    /// The first folder under `Sources`.
    let module: String
    let lineCount: Int
    private(set) var tokens: [Token] = []
    private(set) var comments: [Comment] = []

    init(path: String, module: String, text: String) {
        self.path = path
        self.module = module
        var cutter = Cutter(bytes: Array(text.utf8))
        cutter.run()
        tokens = cutter.tokens
        comments = cutter.comments
        let bytes = cutter.bytes
        lineCount = bytes.count(where: { $0 == UInt8(ascii: "\n") }) + (bytes.last == UInt8(ascii: "\n") || bytes.isEmpty ? 0 : 1)
    }

    /// The token at an index, or nil outside the file.
    subscript(_ index: Int) -> Token? {
        tokens.indices.contains(index) ? tokens[index] : nil
    }

    func text(_ index: Int) -> String { self[index]?.text ?? "" }
}

/// Cuts bytes into tokens. Knows nested comments, plain, raw and multi-line strings, and code inside interpolations.
private struct Cutter {
    let bytes: [UInt8]
    var at = 0
    var line = 1
    var tokens: [SwiftSource.Token] = []
    var comments: [SwiftSource.Comment] = []
    private var space = true

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func run() {
        while at < bytes.count { step() }
    }

    private func byte(_ offset: Int = 0) -> UInt8 { at + offset < bytes.count ? bytes[at + offset] : 0 }
    private func has(_ text: String) -> Bool { bytes[at...].starts(with: text.utf8) }

    private mutating func advance() {
        if byte() == UInt8(ascii: "\n") { line += 1 }
        at += 1
    }

    private mutating func add(_ kind: SwiftSource.Kind, from start: Int, line startLine: Int) {
        tokens.append(.init(kind: kind, text: String(decoding: bytes[start..<at], as: UTF8.self), line: startLine, spaceBefore: space))
        space = false
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "$"), 0x80...:
            return true
        default: return false
        }
    }

    private mutating func step() {
        let current = byte()
        if current == 32 || (9...13).contains(current) {
            space = true
            advance()
        } else if has("//") || has("/*") {
            comment()
        } else if current == UInt8(ascii: "\"") || startsRawString() {
            string()
        } else if current == UInt8(ascii: "`") {
            escapedWord()
        } else if Self.isWord(current) {
            let start = at
            let isNumber = (48...57).contains(current)
            while at < bytes.count, Self.isWord(byte()) { at += 1 }
            add(isNumber ? .number : .word, from: start, line: line)
        } else {
            let start = at
            at += has("->") ? 2 : 1
            add(.symbol, from: start, line: line)
        }
    }

    private mutating func escapedWord() {
        let start = at
        repeat { at += 1 } while at < bytes.count && byte() != UInt8(ascii: "`")
        at = min(at + 1, bytes.count)
        add(.word, from: start, line: line)
    }

    private mutating func comment() {
        let start = at
        let first = line
        if has("//") {
            while at < bytes.count, byte() != UInt8(ascii: "\n") { at += 1 }
        } else {
            var depth = 0
            repeat {
                if has("/*") {
                    depth += 1
                    at += 2
                } else if has("*/") {
                    depth -= 1
                    at += 2
                } else {
                    advance()
                }
            } while depth > 0 && at < bytes.count
        }
        space = true
        comments.append(.init(text: String(decoding: bytes[start..<min(at, bytes.count)], as: UTF8.self), firstLine: first, lastLine: line))
    }

    private func startsRawString() -> Bool {
        guard byte() == UInt8(ascii: "#") else { return false }
        var offset = 0
        while byte(offset) == UInt8(ascii: "#") { offset += 1 }
        return byte(offset) == UInt8(ascii: "\"")
    }

    private mutating func string() {
        var hashes = 0
        while byte() == UInt8(ascii: "#") {
            hashes += 1
            at += 1
        }
        let quote = has("\"\"\"") ? "\"\"\"" : "\""
        let guardText = String(repeating: "#", count: hashes)
        at += quote.count
        tokens.append(.init(kind: .string, text: "\"\"", line: line, spaceBefore: space))
        space = false
        while at < bytes.count {
            if has(quote + guardText) {
                at += quote.count + hashes
                return
            }
            if has("\\" + guardText + "(") {
                at += 1 + hashes
                interpolation()
            } else if has("\\" + guardText) {
                at += 1 + hashes
                if at < bytes.count { advance() }
            } else {
                advance()
            }
        }
    }

    /// The code between the parentheses of an interpolation is code like any other.
    private mutating func interpolation() {
        var depth = 0
        repeat {
            if byte() == UInt8(ascii: "(") { depth += 1 }
            if byte() == UInt8(ascii: ")") { depth -= 1 }
            step()
        } while depth > 0 && at < bytes.count
    }
}
