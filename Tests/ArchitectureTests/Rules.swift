/// One breach of a rule of STYLE.md.
struct Finding: CustomStringConvertible, Equatable {
    let path: String
    let line: Int
    let fault: String
    var description: String { "\(path):\(line): \(fault)" }
}

/// The [ci] rules, each a function from one file to its breaches.
enum Rules {
    private static func finding(_ source: SwiftSource, _ line: Int, _ fault: String) -> Finding {
        Finding(path: source.path, line: line, fault: fault)
    }

    /// The names of the modules that a file imports, with their lines.
    static func imports(_ source: SwiftSource) -> [(module: String, line: Int)] {
        let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor"]
        var found: [(String, Int)] = []
        for (index, token) in source.tokens.enumerated() where token.text == "import" && token.kind == .word {
            guard let next = source[index + 1], next.line == token.line, next.kind == .word else { continue }
            let name = kinds.contains(next.text) ? source.text(index + 2) : next.text
            found.append((name, token.line))
        }
        return found
    }

    static func imports(_ source: SwiftSource, follow table: ModuleTable) -> [Finding] {
        imports(source).compactMap { name, line in
            if name == "Foundation", ModuleTable.domainFilesWithFoundation.contains(source.path) { return nil }
            return table.allows(source.module, importing: name) ? nil : finding(source, line, "\(source.module) may not import \(name)")
        }
    }

    /// Domain modules: no clock, randomness, input, output, `async` or `unsafe`.
    static func domainIsPure(_ source: SwiftSource) -> [Finding] {
        let banned: Set<String> = [
            "async", "await", "Task", "TaskGroup", "@MainActor", "ContinuousClock", "SuspendingClock", "Date", "DispatchTime",
            "clock_gettime", "gettimeofday", "SystemRandomNumberGenerator", "RandomNumberGenerator", "Randomness", "CommandLine",
            "FileHandle", "FileManager", "ProcessInfo", "getenv", "unsafe",
        ]
        let functions: Set<String> = ["print", "debugPrint", "dump", "readLine", "fopen"]
        let members: Set<String> = ["random", "shuffled", "shuffle", "randomElement"]
        var found: [Finding] = []
        for (index, token) in source.tokens.enumerated() where token.kind == .word {
            let before = source.text(index - 1)
            let after = source.text(index + 1)
            let isName = before == "." || (after == ":" && token.text != "unsafe")
            let isActor = token.text == "actor" && after.first?.isUppercase == true && !["case", "let", "var", "func"].contains(before)
            if token.text.hasPrefix("Unsafe") || token.text.hasPrefix("withUnsafe") || isActor || (banned.contains(token.text) && !isName) {
                found.append(finding(source, token.line, "a domain module may not use \(token.text)"))
            } else if after == "(", functions.contains(token.text), before != ".", before != "func" {
                found.append(finding(source, token.line, "a domain module may not use \(token.text)()"))
            } else if after == "(", members.contains(token.text), before == "." {
                found.append(finding(source, token.line, "a domain module may not use .\(token.text)()"))
            }
        }
        return found
    }

    /// Faults are handled where they are, or thrown on; a bug traps with a precondition.
    static func nothingIsForced(_ source: SwiftSource) -> [Finding] {
        var found: [Finding] = []
        for (index, token) in source.tokens.enumerated() {
            guard let next = source[index + 1] else { continue }
            let mark = next.spaceBefore ? "" : next.text
            if token.kind == .word, token.text == "try" || token.text == "as", mark == "!" {
                found.append(finding(source, token.line, "\(token.text)! is not allowed"))
            } else if token.kind == .word, token.text == "try", mark == "?" {
                found.append(finding(source, token.line, "try? swallows a fault"))
            } else if token.kind == .word, token.text == "fatalError", next.text == "(" {
                found.append(finding(source, token.line, "fatalError: a bug traps with precondition"))
            } else if mark == "!", source[index + 2].map({ $0.text == "=" && !$0.spaceBefore }) != true, isOperand(token) {
                found.append(finding(source, token.line, "force-unwrap"))
            }
        }
        return found
    }

    private static func isOperand(_ token: SwiftSource.Token) -> Bool {
        switch token.kind {
        case .word, .number, .string: return token.text != "try" && token.text != "as"
        case .symbol: return [")", "]", "}", "?", ">"].contains(token.text)
        }
    }

    static func noCatchIsEmpty(_ source: SwiftSource) -> [Finding] {
        var found: [Finding] = []
        for (index, token) in source.tokens.enumerated() where token.kind == .word && token.text == "catch" {
            guard source.text(index - 1) == "}", let open = source.tokens[index...].firstIndex(where: { $0.text == "{" }) else { continue }
            if source.text(open + 1) == "}" { found.append(finding(source, token.line, "an empty catch swallows a fault")) }
            // `_ = error` does no more than nothing; whoever means it says why.
            guard (1...4).map({ source.text(open + $0) }) == ["_", "=", "error", "}"], let first = source[open]?.line, let last = source[open + 4]?.line,
                !source.comments.contains(where: { (first...last).contains($0.firstLine) })
            else { continue }
            found.append(finding(source, token.line, "a catch that drops its fault says why in a comment"))
        }
        return found
    }

    static func nothingIsLeftToDo(_ source: SwiftSource) -> [Finding] {
        source.comments.flatMap { comment in
            words(comment.text).filter { ["TODO", "FIXME", "XXX", "HACK"].contains($0) }
                .map { finding(source, comment.firstLine, "\($0) does not land") }
        }
    }

    private static func words(_ text: String) -> [String] {
        text.split { !($0.isLetter || $0.isNumber) }.map(String.init)
    }

    /// The types that a file declares.
    static func types(_ source: SwiftSource) -> [(name: String, line: Int, index: Int)] {
        let keywords: Set<String> = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        return source.tokens.indices.compactMap { index in
            let token = source.tokens[index]
            guard token.kind == .word, keywords.contains(token.text), source.text(index - 1) != ".", source.text(index - 1) != "import",
                let name = source[index + 1], name.kind == .word, name.text.first?.isUppercase == true
            else { return nil }
            return (name.text, name.line, index + 1)
        }
    }

    static func typeNamesSayWhatTheyAre(_ source: SwiftSource) -> [Finding] {
        let banned = ["Manager", "Helper", "Util", "Utils", "Handler", "Impl", "Base", "Common", "Data", "Info"]
        return types(source).compactMap { name, line, index in
            guard let suffix = banned.first(where: { name.hasSuffix($0) }) else { return nil }
            if suffix == "Handler", source.module == "RPC" || isChannelHandler(source, from: index) { return nil }
            return finding(source, line, "\(name): a type name may not end in \(suffix)")
        }
    }

    private static func isChannelHandler(_ source: SwiftSource, from index: Int) -> Bool {
        let end = source.tokens[index...].firstIndex { $0.text == "{" || $0.text == "=" } ?? source.tokens.endIndex
        return source.tokens[(index + 1)..<max(end, index + 1)].contains { $0.text.hasPrefix("Channel") && $0.text.hasSuffix("Handler") }
    }

    static func noTypeIsNamedAfterItsModule(_ source: SwiftSource) -> [Finding] {
        types(source).filter { $0.name == source.module }
            .map { finding(source, $0.line, "\($0.name) has the name of its module, which then cannot be named any more") }
    }

    static func nothingIsPublic(_ source: SwiftSource) -> [Finding] {
        let declarations: Set<String> = [
            "func", "var", "let", "struct", "class", "enum", "actor", "protocol", "extension", "typealias", "init", "subscript", "static",
            "final", "override", "mutating", "nonisolated", "indirect", "import", "internal", "private", "required", "convenience",
            "associatedtype", "precedencegroup", "infix", "prefix", "postfix", "macro", "consuming", "borrowing", "lazy", "weak",
        ]
        return source.tokens.indices.compactMap { index in
            let token = source.tokens[index]
            guard token.kind == .word, token.text == "public" || token.text == "open", source.text(index - 1) != "." else { return nil }
            let skipped = source.text(index + 1) == "(" ? index + 4 : index + 1
            let next = source.text(skipped)
            guard declarations.contains(next) || next.hasPrefix("@") else { return nil }
            return finding(source, token.line, "\(token.text): an application has no public declarations; use package")
        }
    }

    static func filesAreShort(_ source: SwiftSource) -> [Finding] {
        source.lineCount <= 600 ? [] : [finding(source, 601, "\(source.lineCount) lines; a file stops at 600")]
    }
}
