import Foundation
import ProtobufWire
import Testing
import Vocabulary

@testable import DataSources

/// Bringing revisions in.
@Suite struct ImportTests {
    private let temporary: TemporaryFolder
    private let folder: SourceFolder
    private let layout: SourceLayout
    private let importer: SourceImporter
    private let dataset: DatasetID
    private let id = [UInt8](repeating: 7, count: 16)

    init() throws {
        temporary = try TemporaryFolder()
        folder = try SourceFolder(path: temporary.path)
        layout = try People.layout()
        importer = SourceImporter(folder: folder)
        dataset = try #require(DatasetID(people))
    }

    private func begin() async throws { try await importer.begin(id, dataset: dataset, layout: layout, now: monday) }

    private func add(_ sequence: UInt32, _ records: [[UInt8]]) async throws -> UInt64 {
        try await importer.add(id, sequence: sequence, records: records, now: monday)
    }

    @Test func nothingHasTheRevisionsNameBeforeItIsFinished() async throws {
        try await begin()
        _ = try await add(0, [People.record(1)])
        #expect(temporary.names == ["uc.people@0707070707070707.importing"])
        let published = try await importer.finish(id, rows: 1, revision: 3, now: monday)
        #expect(published == PublishedSource(file: "uc.people@3-0707070707070707.sqlite", rows: 1))
        #expect(temporary.names == [published.file])
    }

    /// Records are in it as they are.
    @Test func aSourceIsItsOwnersAloneFromItsFirstByte() async throws {
        try await begin()
        func mode(_ name: String) throws -> Int? {
            try FileManager.default.attributesOfItem(atPath: temporary.path + "/" + name)[.posixPermissions] as? Int
        }
        #expect(try temporary.names.map(mode) == [0o600])
        _ = try await add(0, [People.record(1)])
        let published = try await importer.finish(id, rows: 1, revision: 3, now: monday)
        #expect(try mode(published.file) == 0o600)
    }

    @Test(arguments: ["uc.people@3-07.sqlite", "uc.people@07.importing"]) func aSourceThatOthersCanOpenIsRefused(_ name: String) throws {
        let path = temporary.path + "/" + name
        #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o640]))
        #expect(throws: SourceFault.file(path: path, reason: "others than its owner may open it; run: chmod 600 \(temporary.path)/*")) {
            try SourceFolder(path: temporary.path)
        }
    }

    @Test func batchSentAgainChangesNothing() async throws {
        try await begin()
        #expect(try await add(0, [People.record(1)]) == 1)
        #expect(try await add(1, [People.record(2)]) == 2)
        #expect(try await add(0, [People.record(1)]) == 2)
        await #expect(throws: SourceFault.batchDiffers(0)) { try await add(0, [People.record(3)]) }
        #expect(try await importer.finish(id, rows: 2, revision: 1, now: monday).rows == 2)
    }

    @Test func batchesComeWithoutGaps() async throws {
        try await begin()
        await #expect(throws: SourceFault.batchOutOfOrder(expected: 0, received: 1)) { try await add(1, [People.record(1)]) }
    }

    /// Row 2 is a number without its suffix, one in small letters, or one that is real.
    @Test(arguments: ["QQ123456", "qq123456a", "QQ 12 34 56 A", "AB123456A"])
    func aKeyThatIsNotInItsFormIsRefusedByRowAndNeverByValue(_ key: String) async throws {
        let strict = try SourceLayout(root: People.schema(), keyField: "nino", keyForm: .ninoDemo, filterFields: ["area"])
        try await importer.begin(id, dataset: dataset, layout: strict, now: monday)
        let record = [0x0a, UInt8(key.utf8.count)] + Array(key.utf8)
        let fault = SourceFault.record(
            row: 2, field: "nino", fault: "it is the key and is not in the one form of nino.demo.v1; write every key in that form")
        await #expect(throws: fault) { try await add(0, [People.record(1), record]) }
        #expect(try await add(0, [People.record(1)]) == 1)
    }

    @Test func badRecordKeepsItsWholeBatchOut() async throws {
        try await begin()
        _ = try await add(0, [People.record(1)])
        let unknown = People.head(3) + [0x60, 0x01]
        let fault = SourceFault.record(row: 3, field: "", fault: "field number 12 is not in the dataset's schema; leave it out or import under a new schema")
        await #expect(throws: fault) { try await add(1, [People.record(2), unknown]) }
        #expect(try await add(1, [People.record(2)]) == 2)
        #expect(try await importer.finish(id, rows: 2, revision: 1, now: monday).rows == 2)
    }

    @Test func keyThatStandsTwiceIsNamedByItsRows() async throws {
        try await begin()
        _ = try await add(0, [People.record(1), People.record(2), People.record(1)])
        await #expect(throws: SourceFault.duplicateKey(field: "nino", row: 3, earlier: 1)) {
            try await importer.finish(id, rows: 3, revision: 1, now: monday)
        }
        #expect(temporary.names == [])
    }

    @Test func recordWithoutItsKeyIsRefused() async throws {
        try await begin()
        let fault = SourceFault.record(row: 1, field: "nino", fault: "it is the key and is absent; give every record a key")
        await #expect(throws: fault) { try await add(0, [[0x28, 0x01]]) }
        let empty = SourceFault.record(row: 1, field: "nino", fault: "it is the key and is empty; give every record a key")
        await #expect(throws: empty) { try await add(0, [[0x0a, 0x00]]) }
    }

    @Test func otherCountPublishesNothing() async throws {
        try await begin()
        _ = try await add(0, [People.record(1)])
        await #expect(throws: SourceFault.rowCount(held: 1, expected: 2)) { try await importer.finish(id, rows: 2, revision: 1, now: monday) }
        #expect(temporary.names == [])
        await #expect(throws: SourceFault.unknownImport) { try await add(1, []) }
    }

    @Test func droppedImportLeavesNothing() async throws {
        try await begin()
        _ = try await add(0, [People.record(1)])
        try await importer.abort(id, now: monday)
        #expect(temporary.names == [])
        await #expect(throws: SourceFault.unknownImport) { try await importer.abort(id, now: monday) }
    }

    @Test func idleImportIsDroppedAfterAnHour() async throws {
        try await begin()
        _ = try await importer.add(id, sequence: 0, records: [People.record(1)], now: monday.advanced(seconds: 3_600))
        _ = try await importer.add(id, sequence: 1, records: [People.record(2)], now: monday.advanced(seconds: 7_200))
        await #expect(throws: SourceFault.unknownImport) {
            try await importer.add(id, sequence: 2, records: [People.record(3)], now: monday.advanced(seconds: 10_801))
        }
        #expect(temporary.names == [])
    }

    @Test func importsUnderWayAreBounded() async throws {
        for number in 1...8 {
            try await importer.begin([UInt8](repeating: UInt8(number), count: 16), dataset: dataset, layout: layout, now: monday)
        }
        await #expect(throws: SourceFault.tooLarge(what: "imports under way", limit: 8)) {
            try await importer.begin([UInt8](repeating: 9, count: 16), dataset: dataset, layout: layout, now: monday)
        }
    }

    @Test func largeBatchesRecordsAndFieldsAreRefused() async throws {
        try await begin()
        let big = [UInt8](repeating: 0x61, count: 262_145)
        await #expect(throws: SourceFault.tooLarge(what: "bytes of a batch", limit: 1 << 20)) {
            try await add(0, [[UInt8]](repeating: big, count: 4))
        }
        await #expect(throws: SourceFault.record(row: 1, field: "", fault: "the record has more than 262144 bytes; leave out or shorten fields")) {
            try await add(0, [big])
        }
        // photo: 65,532 bytes of content and four of tag and length are the most.
        let photo = { (count: Int) in People.head(1) + [0x5a, UInt8(count & 0x7f | 0x80), UInt8(count >> 7 & 0x7f | 0x80), UInt8(count >> 14)] + big.prefix(count) }
        await #expect(throws: SourceFault.record(row: 1, field: "photo", fault: "the field has more than 65536 bytes; shorten it")) {
            try await add(0, [photo(65_533)])
        }
        #expect(try await add(0, [photo(65_532)]) == 1)
    }

    @Test func startRemovesWhatTheCatalogueDoesNotName() async throws {
        let first = try await publish([People.record(1)], layout: layout, in: folder, revision: 1, seed: 1)
        let orphan = try await publish([People.record(1)], layout: layout, in: folder, revision: 2, seed: 2)
        try await begin()
        _ = try await add(0, [People.record(1)])
        try Data("x".utf8).write(to: URL(fileURLWithPath: temporary.path + "/README"))
        #expect(try folder.removeAll(but: [first.file]) == ["uc.people@0707070707070707.importing", orphan.file].sorted())
        #expect(temporary.names == ["README", first.file])
    }

    @Test func newRevisionLeavesTheOldOneReadable() async throws {
        let first = try await publish([People.record(1)], layout: layout, in: folder, revision: 1, seed: 1)
        let source = try SourceConnection(first.file, layout: layout, folder: folder)
        var page = SourcePage()
        _ = try await publish([People.record(2), People.record(3)], layout: layout, in: folder, revision: 2, seed: 2)
        try folder.remove(first.file)
        try source.read(SourceQuery(fields: [1], limit: 10), into: &page)
        #expect(page.count == 1 && page.record(0) == [0x0a, 9] + Array(People.nino(1).utf8))
    }

    @Test func folderThatOthersMayEnterIsRefused() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: temporary.path)
        #expect(throws: SourceFault.file(path: temporary.path, reason: "others than its owner may enter it; run: chmod 700 \(temporary.path)")) {
            try SourceFolder(path: temporary.path)
        }
    }

    @Test(arguments: ["share", "photo", "awards", "scores", "tags", "nothing"]) func fieldThatCannotBeAKeyIsRefused(_ name: String) {
        #expect(throws: SourceFault.self) { try People.layout(key: name, filters: []) }
        #expect(throws: SourceFault.self) { try People.layout(key: nil, filters: [name]) }
    }

    @Test func filterFieldNamedTwiceIsRefused() {
        let fault = SourceFault.layout(field: "nino", fault: "it is named twice; name each filter field once, and not the key")
        #expect(throws: fault) { try People.layout(filters: ["nino"]) }
    }
}
