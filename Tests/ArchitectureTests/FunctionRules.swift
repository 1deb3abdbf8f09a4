/// Rules that need to know where each function begins and ends.
extension Rules {
    struct Function {
        let name: String
        /// Token indices of the keyword and of the closing brace.
        let tokens: ClosedRange<Int>
        let lines: ClosedRange<Int>
    }

    /// Functions, initialisers, subscripts and computed properties that have a body.
    static func functions(_ source: SwiftSource) -> [Function] {
        source.tokens.indices.compactMap { index in
            guard isFunctionKeyword(source, index), let open = body(source, after: index), let close = closing(source, open) else { return nil }
            return Function(
                name: source.text(index) == "func" || source.text(index) == "var" ? source.text(index + 1) : source.text(index),
                tokens: index...close,
                lines: source.tokens[index].line...source.tokens[close].line)
        }
    }

    private static func isFunctionKeyword(_ source: SwiftSource, _ index: Int) -> Bool {
        let token = source.tokens[index]
        guard token.kind == .word, source.text(index - 1) != "." else { return false }
        switch token.text {
        case "func", "subscript", "deinit": return true
        case "init": return ["(", "<", "?"].contains(source.text(index + 1))
        case "var": return source.text(index + 2) == ":"
        default: return false
        }
    }

    /// The opening brace of the body, or nil where there is none (a protocol's requirement, a stored property).
    private static func body(_ source: SwiftSource, after keyword: Int) -> Int? {
        let isProperty = source.text(keyword) == "var"
        let starters: Set<String> = ["func", "init", "subscript", "deinit", "var", "let", "case", "struct", "class", "enum", "typealias"]
        var depth = 0
        for index in source.tokens.indices[(keyword + 1)...] {
            let token = source.tokens[index]
            switch token.text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return index
            case "}" where depth <= 0: return nil
            case "=" where depth == 0 && isProperty && source.text(index - 1) != "=": return nil
            default:
                if depth == 0, token.kind == .word, starters.contains(token.text), index > keyword + 1, source.text(index - 1) != "." { return nil }
                // A stored property without a value ends with its line, unless the brace of its body comes there.
                if isProperty, depth == 0, token.line > source.tokens[keyword].line { return nil }
            }
            if depth < 0 { return nil }
        }
        return nil
    }

    private static func closing(_ source: SwiftSource, _ open: Int) -> Int? {
        var depth = 0
        for index in source.tokens.indices[open...] {
            if source.text(index) == "{" { depth += 1 }
            if source.text(index) == "}" {
                depth -= 1
                if depth == 0 { return index }
            }
        }
        return nil
    }

    static func functionsAreShort(_ source: SwiftSource) -> [Finding] {
        functions(source).filter { $0.lines.count > 60 }.map {
            Finding(path: source.path, line: $0.lines.lowerBound, fault: "\($0.name) has \($0.lines.count) lines; a function stops at 60")
        }
    }

    /// `unsafe`, `@unchecked` and `nonisolated(unsafe)` stand in wrapping modules only.
    static func unsafeStaysInTheWrappers(_ source: SwiftSource, table: ModuleTable) -> [Finding] {
        guard table.row(source.module)?.mayBeUnsafe != true, !ModuleTable.unsafeFiles.contains(source.path) else { return [] }
        return unsafeUses(source).map { index in
            Finding(path: source.path, line: source.tokens[index].line, fault: "\(source.text(index)) belongs in a wrapper of a C library")
        }
    }

    /// Wherever one stands, a comment says why it is sound: beside it, above it, in its function, or as the stated invariant (a comment with
    /// the word Invariant or Safety) of the type that owns the handle. `stated` are types of the module whose invariant stands in another file.
    static func unsafeStatesItsInvariant(_ source: SwiftSource, stated: Set<String> = []) -> [Finding] {
        let scopes = functions(source)
        let owners = typeBodies(source)
        let invariants = invariantLines(source)
        var commented: Set<Int> = []
        for comment in source.comments { commented.formUnion(comment.firstLine...comment.lastLine) }
        return unsafeUses(source).compactMap { index in
            let line = source.tokens[index].line
            if (line - 2...line).contains(where: commented.contains) || invariants.contains(line + 1) { return nil }
            let isOwned = owners.contains { owner in
                owner.lines.contains(line) && (stated.contains(owner.name) || owner.lines.contains(where: invariants.contains))
            }
            let isStated = scopes.contains { scope in
                scope.tokens.contains(index) && (scope.lines.lowerBound - 1...line).contains(where: commented.contains)
            }
            return isOwned || isStated
                ? nil : Finding(path: source.path, line: line, fault: "\(source.text(index)) without its invariant on the line above")
        }
    }

    /// Types of the file that state an invariant.
    static func typesWithInvariants(_ source: SwiftSource) -> Set<String> {
        let invariants = invariantLines(source)
        return Set(typeBodies(source).filter { $0.lines.contains(where: invariants.contains) }.map(\.name))
    }

    private static func invariantLines(_ source: SwiftSource) -> Set<Int> {
        Set(source.comments.filter { $0.text.contains("nvariant") || $0.text.contains("Safety:") }.map(\.firstLine))
    }

    /// The lines of each type and extension, with the comment above it.
    private static func typeBodies(_ source: SwiftSource) -> [(name: String, lines: ClosedRange<Int>)] {
        let keywords: Set<String> = ["struct", "class", "enum", "actor", "extension"]
        let commented = Set(source.comments.map(\.firstLine))
        return source.tokens.indices.compactMap { index in
            guard keywords.contains(source.text(index)), let name = source[index + 1]?.text, name.first?.isUppercase == true,
                let open = source.tokens[index...].firstIndex(where: { $0.text == "{" }), let close = closing(source, open)
            else { return nil }
            var start = source.tokens[index].line
            while commented.contains(start - 1) { start -= 1 }
            return (name, start...source.tokens[close].line)
        }
    }

    private static func unsafeUses(_ source: SwiftSource) -> [Int] {
        source.tokens.indices.filter { index in
            let token = source.tokens[index]
            guard token.kind == .word else { return false }
            if token.text == "@unchecked" { return true }
            guard token.text == "unsafe" else { return false }
            return source.text(index - 1) != "." && source.text(index + 1) != ":"
        }
    }
}
