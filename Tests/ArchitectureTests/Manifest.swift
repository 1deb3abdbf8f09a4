import Foundation

/// What Package.swift says, read as text: SwiftPM has no way to hand its own tests the manifest.
struct Manifest {
    struct Target {
        let name: String
        let dependencies: [String]
        let isTest: Bool
    }

    let targets: [Target]
    /// Versions that are not given with `exact:`.
    let loosePackages: [Int]

    init(_ text: String) {
        // String literals are what counts here, so this walks the text itself.
        let products = Self.products(text)
        var found: [Target] = []
        let body = text.range(of: "targets: [\n        //").map { text[$0.lowerBound...] } ?? text[...]
        var rest = body
        while let next = Self.nextTarget(rest) {
            found.append(
                Target(
                    name: next.name,
                    dependencies: next.dependencies.map { products[$0] ?? $0 },
                    isTest: next.isTest))
            rest = next.rest
        }
        targets = found
        loosePackages = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { $0.element.contains(".package(url:") && !$0.element.contains("exact:") }.map { $0.offset + 1 }
    }

    /// `let nioCore = Target.Dependency.product(name: "NIOCore", …` -> `nioCore: NIOCore`.
    private static func products(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        for line in text.split(separator: "\n") where line.contains("Target.Dependency.product(name:") {
            let words = line.split { $0 == " " || $0 == "=" }
            let quoted = line.split(separator: "\"", omittingEmptySubsequences: false)
            if words.count > 1, quoted.count > 1 { found[String(words[1])] = String(quoted[1]) }
        }
        return found
    }

    private static func nextTarget(_ text: Substring) -> (name: String, dependencies: [String], isTest: Bool, rest: Substring)? {
        let openers = ["module(", "tests(", ".systemLibrary(", ".target(", ".executableTarget(", ".testTarget("]
        let starts = openers.compactMap { opener in text.range(of: opener).map { (opener, $0) } }
        guard let (opener, range) = starts.min(by: { $0.1.lowerBound < $1.1.lowerBound }) else { return nil }
        var depth = 1
        var end = range.upperBound
        while end < text.endIndex, depth > 0 {
            if text[end] == "(" { depth += 1 }
            if text[end] == ")" { depth -= 1 }
            end = text.index(after: end)
        }
        let call = text[range.upperBound..<end]
        let quoted = call.split(separator: "\"", omittingEmptySubsequences: false)
        guard quoted.count > 1 else { return ("", [], false, text[end...]) }
        let listStart = call.firstIndex(of: "[")
        let listEnd = call.firstIndex(of: "]")
        var dependencies: [String] = []
        if opener != ".systemLibrary(", let listStart, let listEnd, listStart < listEnd {
            dependencies = call[call.index(after: listStart)..<listEnd].split(separator: ",")
                .map { $0.filter { !$0.isWhitespace && $0 != "\"" } }.filter { !$0.isEmpty }
        }
        // A program that only tests use lies under Tests/ and is no module of the design.
        let isTest = opener == "tests(" || opener == ".testTarget(" || call.contains("path: \"Tests/")
        return (String(quoted[1]), dependencies, isTest, text[end...])
    }
}
