import Foundation
import Testing

/// The rules, run over the source tree as it is.
@Suite struct SourceTreeTests {
    let table = ModuleTable.design

    private func expectNone(_ findings: [Finding]) {
        #expect(findings.isEmpty, "\n\(findings.map(\.description).joined(separator: "\n"))")
    }

    private func check(_ rule: (SwiftSource) -> [Finding]) { expectNone(SourceTree.sources.flatMap(rule)) }

    @Test func theSourceTreeIsFound() {
        #expect(SourceTree.sources.count > 20)
        #expect(SourceTree.manifest.contains("let package = Package("))
    }

    @Test func importsFollowTheModuleTable() { check { Rules.imports($0, follow: table) } }

    @Test func domainModulesArePure() {
        check { table.row($0.module)?.isDomain == true ? Rules.domainIsPure($0) : [] }
    }

    @Test func unsafeStaysInTheWrappers() { check { Rules.unsafeStaysInTheWrappers($0, table: table) } }
    @Test func unsafeStatesItsInvariant() { 
        let stated = Dictionary(grouping: SourceTree.sources, by: \.module)
            .mapValues { $0.reduce(into: Set<String>()) { $0.formUnion(Rules.typesWithInvariants($1)) } }
        check { Rules.unsafeStatesItsInvariant($0, stated: stated[$0.module] ?? []) }
    }

    @Test func nothingIsForcedOrSwallowed() { check { Rules.nothingIsForced($0) + Rules.noCatchIsEmpty($0) } }
    @Test func nothingIsLeftToDo() { check(Rules.nothingIsLeftToDo) }
    @Test func typeNamesSayWhatTheyAre() { check(Rules.typeNamesSayWhatTheyAre) }
    @Test func noTypeIsNamedAfterItsModule() { check(Rules.noTypeIsNamedAfterItsModule) }
    @Test func nothingIsPublic() { check(Rules.nothingIsPublic) }
    @Test func filesAndFunctionsAreShort() { check { Rules.filesAreShort($0) + Rules.functionsAreShort($0) } }

    @Test func everyFolderIsInTheModuleTable() {
        #expect(SourceTree.moduleFolders.filter { table.row($0) == nil } == [])
    }

    @Test func packageListsTheTargetsInTheOrderOfTheTable() {
        let names: [String] = Manifest(SourceTree.manifest).targets.filter { !$0.isTest }.map { $0.name }
        #expect(names == table.rows.map { $0.name }.filter { names.contains($0) })
        #expect(Set(names) == Set(SourceTree.moduleFolders))
    }

    @Test func everyDeclaredDependencyIsAllowed() {
        for target in Manifest(SourceTree.manifest).targets where !target.isTest {
            for dependency in target.dependencies {
                #expect(table.allows(target.name, importing: dependency), "\(target.name) declares \(dependency)")
            }
        }
    }

    @Test func everyImportIsDeclared() {
        let declared = Dictionary(uniqueKeysWithValues: Manifest(SourceTree.manifest).targets.map { ($0.name, Set($0.dependencies)) })
        let products = Set(declared.values.joined())
        for source in SourceTree.sources {
            for (module, line) in Rules.imports(source) where products.contains(module) {
                #expect(declared[source.module]?.contains(module) == true, "\(source.path):\(line): \(module) is not in Package.swift")
            }
        }
    }

    @Test func packageVersionsAreExact() { #expect(Manifest(SourceTree.manifest).loosePackages == []) }

    @Test func noPrivateKeyIsCommitted() throws {
        let files = try SourceTree.committableFiles()
        try #require(!files.isEmpty)
        for file in files {
            #expect(!PrivateKeys.hasTelltaleName(file), "\(file) has the name of a private key")
            let data = (try? Data(contentsOf: SourceTree.root.appendingPathComponent(file))) ?? Data()
            #expect(!PrivateKeys.areIn(data), "\(file) holds a private key")
        }
    }
}
