import Foundation
import Testing

/// Each rule, shown to find what it looks for and to leave alone what only looks like it.
@Suite struct RuleTests {
    private func source(_ text: String, module: String = "Agreements") -> SwiftSource {
        SwiftSource(path: "Sources/\(module)/Example.swift", module: module, text: text)
    }

    private func lines(_ findings: [Finding]) -> [Int] { findings.map(\.line) }

    @Test func commentsAndStringsAreNotCode() {
        let text = """
            let a = "try! b" // as! c
            /* try? /* nested */ TODO */
            let d = #"raw "try!" text"#
            let e = "\\(f!) and \\"g!\\""
            """
        #expect(lines(Rules.nothingIsForced(source(text))) == [4])
        #expect(source(text).comments.map(\.firstLine) == [1, 2])
    }

    @Test func multiLineStringsAreNotCode() {
        let text = "let a = \"\"\"\n  try! \"quoted\" b!\n  \"\"\"\nlet c = d!\n"
        #expect(lines(Rules.nothingIsForced(source(text))) == [4])
    }

    @Test(arguments: [
        "let a = try! b()", "let a = b as! C", "let a = try? b()", "let a = b!", "let a = b!.c", "let a = b[0]!", "let a = b()!",
        "var a: Int!", "fatalError(\"x\")", "f(a!, b)", "let a = b?.c()!",
    ]) func forcingIsFound(_ text: String) {
        #expect(Rules.nothingIsForced(source(text)).count == 1)
    }

    @Test(arguments: [
        "if !a { }", "if a != b { }", "if a!=b { }", "f(!a)", "let a = b && !c", "let a = try b()", "let a = b as? C", "let a: Int? = nil",
        "#if !DEBUG\n#endif", "return !a", "[!a, !b]", "let fatalErrors = 1", "guard a, !b else { return }",
    ]) func negationIsNotForcing(_ text: String) {
        #expect(Rules.nothingIsForced(source(text)) == [])
    }

    @Test func emptyCatchIsFound() {
        #expect(lines(Rules.noCatchIsEmpty(source("do { try a() }\ncatch { /* never mind */ }"))) == [2])
        #expect(lines(Rules.noCatchIsEmpty(source("do { try a() } catch let e as E where e == .b { }"))) == [1])
        #expect(Rules.noCatchIsEmpty(source("do { try a() } catch { throw b }")) == [])
        #expect(lines(Rules.noCatchIsEmpty(source("do { try a() }\ncatch { _ = error }"))) == [2])
        #expect(Rules.noCatchIsEmpty(source("do { try a() } catch { _ = error /* It was closed: what we want. */ }")) == [])
    }

    @Test func thingsLeftToDoAreFoundInCommentsAlone() {
        #expect(lines(Rules.nothingIsLeftToDo(source("let a = 1\n// TODO: more\n/// FIXME")))  == [2, 3])
        #expect(Rules.nothingIsLeftToDo(source("let TODO = \"TODO\" // mastodons")) == [])
    }

    @Test func importsDownTheTableAreFound() {
        let table = ModuleTable.design
        #expect(lines(Rules.imports(source("import Vocabulary\nimport Redaction"), follow: table)) == [2])
        #expect(lines(Rules.imports(source("import Foundation"), follow: table)) == [1])
        #expect(lines(Rules.imports(source("@testable import struct Broker.A"), follow: table)) == [1])
        #expect(lines(Rules.imports(source("import Unheard"), follow: table)) == [1])
        #expect(Rules.imports(source("// import Broker\nlet a = \"import Broker\""), follow: table) == [])
    }

    @Test(arguments: [
        ("COpenSSL", ["Cryptography", "TLS"]), ("CNghttp2", ["HTTP2"]), ("CZlib", ["DataSources"]), ("GRDB", ["SQLiteStorage", "DataSources"]),
        ("SwiftProtobuf", ["RPC", "BrokerProtocol", "Broker", "concordat"]), ("Yams", ["Broker", "concordat"]),
        ("ArgumentParser", ["concordat", "concordat-audit"]), ("CPostgres", ["PostgresStorage"]),
    ]) func librariesAreImportedByTheirOwnersAlone(_ library: String, _ owners: [String]) {
        let table = ModuleTable.design
        #expect(table.rows.map { $0.name }.filter { table.allows($0, importing: library) } == owners)
    }

    @Test func theAuditorsProgramStaysApart() {
        let table = ModuleTable.design
        for name in ["BrokerProtocol", "Storage", "Ledger", "DataSources", "Broker", "SQLiteStorage", "GRDB"] {
            #expect(!table.allows("concordat-audit", importing: name))
        }
        for name in ["Cryptography", "AuditTrail", "RPC", "TransparencyLog"] { #expect(table.allows("concordat-audit", importing: name)) }
    }

    @Test(arguments: [
        "func a() async { }", "let a = Date()", "let a = Int.random(in: 0..<4)", "a.shuffled()", "print(a)", "let a = ContinuousClock()",
        "let a = await b()", "let a = unsafe b", "var p: UnsafePointer<Int>", "var g = SystemRandomNumberGenerator()", "actor A { }",
        "for b in c { Task { } }", "f(Date())", "a.withUnsafeBytes { b in }",
    ]) func impurityIsFound(_ text: String) {
        #expect(Rules.domainIsPure(source(text)).count == 1)
    }

    @Test(arguments: ["let now: Timestamp", "f(print: a)", "let date = a", "case actor(PrincipalNumber)", "let actor = b", "func print() { }", "// Task, async, Date()", "a.unsafe"])
    func wordsAloneAreNotImpure(_ text: String) {
        #expect(Rules.domainIsPure(source(text)) == [])
    }

    @Test(arguments: ["Manager", "Helper", "Util", "Utils", "Handler", "Impl", "Base", "Common", "Data", "Info"])
    func emptySuffixesAreFound(_ suffix: String) {
        #expect(Rules.typeNamesSayWhatTheyAre(source("struct Key\(suffix) { }")).count == 1)
        #expect(Rules.typeNamesSayWhatTheyAre(source("let x = Key\(suffix)()")) == [])
    }

    @Test func channelHandlersAndRPCHandlersKeepTheirName() {
        #expect(Rules.typeNamesSayWhatTheyAre(source("final class TLSHandler: ChannelDuplexHandler { }", module: "TLS")) == [])
        #expect(Rules.typeNamesSayWhatTheyAre(source("struct QueryHandler { }", module: "RPC")) == [])
        #expect(Rules.typeNamesSayWhatTheyAre(source("struct QueryHandler { }", module: "TLS")).count == 1)
    }

    @Test func typeNamedAfterItsModuleIsFound() {
        #expect(lines(Rules.noTypeIsNamedAfterItsModule(source("\nenum Agreements { }"))) == [2])
        #expect(Rules.noTypeIsNamedAfterItsModule(source("enum Agreement { }")) == [])
    }

    @Test func publicDeclarationsAreFound() {
        #expect(lines(Rules.nothingIsPublic(source("public struct A { }\npublic private(set) var b: Int\nopen class C { }"))) == [1, 2, 3])
        #expect(Rules.nothingIsPublic(source("enum Level { case `public` }\nlet a = Level.public\nf(public: 1)\nlet open = 1")) == [])
    }

    @Test func longFilesAreFound() {
        #expect(Rules.filesAreShort(source(String(repeating: "\n", count: 600))) == [])
        #expect(Rules.filesAreShort(source(String(repeating: "\n", count: 601))).count == 1)
    }

    @Test func longFunctionsAreFound() {
        let body = { (count: Int) in String(repeating: "    a()\n", count: count) }
        #expect(Rules.functionsAreShort(source("func f(x: () -> Void = { }) {\n\(body(58))}\n")) == [])
        #expect(lines(Rules.functionsAreShort(source("\nfunc f() {\n\(body(59))}\n"))) == [2])
        #expect(lines(Rules.functionsAreShort(source("struct A {\ninit(a: Int) {\n\(body(59))}\n}"))) == [2])
        #expect(lines(Rules.functionsAreShort(source("struct A {\nvar a: [Int] {\n\(body(59))}\n}"))) == [2])
    }

    @Test func requirementsAndStoredPropertiesHaveNoBody() {
        let text = "protocol A {\n  func b() -> Int\n  var c: Int { get }\n}\nstruct D {\n  var e: Int\n  init(e: Int) { self.e = e }\n}\n"
        #expect(Rules.functions(source(text)).map(\.name) == ["c", "init"])
    }

    @Test func unsafeOutsideTheWrappersIsFound() {
        let table = ModuleTable.design
        let text = "let a = unsafe b\nfinal class C: @unchecked Sendable { }\nnonisolated(unsafe) var d = 1"
        #expect(lines(Rules.unsafeStaysInTheWrappers(source(text, module: "Broker"), table: table)) == [1, 2, 3])
        #expect(Rules.unsafeStaysInTheWrappers(source(text, module: "TLS"), table: table) == [])
    }

    @Test func unsafeWithoutItsInvariantIsFound() {
        #expect(lines(Rules.unsafeStatesItsInvariant(source("func a() {\n  b()\n  unsafe c()\n}", module: "TLS"))) == [3])
        #expect(lines(Rules.unsafeStatesItsInvariant(source("// About a.\n\n\nstruct A {\n  let b = unsafe c()\n}"))) == [5])
        #expect(lines(Rules.unsafeStatesItsInvariant(source("extension A {\n\n\n\n  func c() { unsafe d() }\n}"))) == [5])
        #expect(Rules.unsafeStatesItsInvariant(source("extension A {\n\n\n\n  func c() { unsafe d() }\n}"), stated: ["A"]) == [])
        #expect(Rules.typesWithInvariants(source("// Safety: owned.\nstruct A {\n}\n\nstruct B { }")) == ["A"])
        #expect(Rules.unsafeStatesItsInvariant(source("struct A {\n  // Invariant: owned.\n  let b: Int\n\n\n  func c() {\n    unsafe d()\n  }\n}")) == [])
        #expect(Rules.unsafeStatesItsInvariant(source("func a() {\n  // c owns its buffer.\n  unsafe c()\n}", module: "TLS")) == [])
        #expect(Rules.unsafeStatesItsInvariant(source("/// c owns its buffer.\nfunc a() {\n  unsafe c()\n}", module: "TLS")) == [])
    }

    @Test func privateKeysAreFound() {
        let armour = "-----BEGIN EC " + "PRIVATE KEY-----\n"
        #expect(PrivateKeys.areIn(Data((armour + String(repeating: "QUJD", count: 12)).utf8)))
        #expect(!PrivateKeys.areIn(Data((armour + "\" is the armour line that a parser looks for in a file of that kind").utf8)))
        #expect(!PrivateKeys.areIn(Data(("-----BEGIN " + "CERTIFICATE-----\n" + String(repeating: "QUJD", count: 12)).utf8)))
        #expect(PrivateKeys.hasTelltaleName("Certificates/ca.key") && !PrivateKeys.hasTelltaleName("Sources/A/Keys.swift"))
    }

    @Test func theManifestIsRead() {
        let manifest = Manifest(
            """
            let b = Target.Dependency.product(name: "Bee", package: "bee")
            let c = Package.Dependency.package(url: "https://example.test/c", from: "1.0.0")
                targets: [
                    // In order.
                    .systemLibrary(name: "CA", pkgConfig: "a"),
                    module("A", ["CA", b]),
                    tests("ATests", ["A"]),
            """)
        #expect(manifest.targets.map(\.name) == ["CA", "A", "ATests"])
        #expect(manifest.targets.map(\.dependencies) == [[], ["CA", "Bee"], ["A"]])
        #expect(manifest.targets.map(\.isTest) == [false, false, true])
        #expect(manifest.loosePackages == [2])
    }
}
