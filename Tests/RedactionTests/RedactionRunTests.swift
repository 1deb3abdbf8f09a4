import Cryptography
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

@Suite struct RedactionRunTests {
    private func awards() throws -> DatasetSchema {
        let element = try MessageSchema(
            name: "Element",
            fields: [
                FieldSchema(number: 1, name: "kind", type: .scalar(.string)),
                FieldSchema(number: 2, name: "amount_pence", type: .scalar(.int64)),
            ])
        return try dataset([
            FieldSchema(number: 1, name: "nino", type: .scalar(.string)),
            FieldSchema(number: 2, name: "born", type: .scalar(.string)),
            FieldSchema(number: 3, name: "authority", type: .scalar(.string)),
            FieldSchema(number: 4, name: "elements", type: .message(element), cardinality: .repeated),
            FieldSchema(number: 5, name: "note", type: .scalar(.string)),
        ])
    }

    private let record = Wire().text(1, "QQ123456A").text(2, "1990-05-17").text(3, "E08000035")
        .block(4, Wire().text(1, "standard").number(2, 39_367).bytes).block(4, Wire().text(1, "health").number(2, 41_606).bytes)
        .text(5, "called twice").bytes

    @Test func onlyListedFieldsLeave() throws {
        let program = try program(
            awards(), [rule("nino", "mask", ["keep_last": "4"]), rule("authority", "allow"), rule("elements.amount_pence", "round", ["base": "1000"])])
        let expected = Wire().text(1, "********456A").text(3, "E08000035").block(4, Wire().number(2, 39_000).bytes)
            .block(4, Wire().number(2, 42_000).bytes).bytes
        #expect(try redact(record, by: program) == expected)
        #expect(program.columns.map(\.name) == ["nino", "authority", "elements"])
        #expect(program.releasedLeaves.indexes == [2])
        #expect(program.transformedLeaves.indexes == [0, 4])
    }

    @Test func theSourceIsAskedForNothingElseButWhatTheFilterReads() throws {
        let program = try program(awards(), [rule("nino", "allow")], filter: .test(path("authority"), anyOf: ["E08000035"]))
        #expect(program.columns.map(\.name) == ["nino", "authority"])
    }

    @Test func aRowOutsideTheFilterDoesNotExist() throws {
        let program = try program(awards(), [rule("nino", "allow")], filter: .test(path("authority"), anyOf: ["E08000012"]))
        var run = try run(program)
        guard case .filteredOut = run.apply(record) else {
            Issue.record("the row left")
            return
        }
        #expect(run.counts == RedactionRun.Counts(read: 1, released: 0, filteredOut: 1, withheld: 0, droppedValues: 0))
    }

    /// The ledger's Privacy chapter, computed here step by step with nothing of the module but the released bytes.
    @Test func theRecordCommitmentFollowsTheLedgerChapter() throws {
        let program = try program(
            awards(), [rule("nino", "mask", ["keep_last": "4"]), rule("authority", "allow")], filter: .test(path("born"), anyOf: ["1990-05-17"]))
        var run = try run(program)
        guard case .released(let released) = run.apply(record) else {
            Issue.record("withheld")
            return
        }
        var stream = try AESCounterStream(key: testKey)
        let request = stream.next(16)
        let caseSalt = stream.next(16)
        #expect(run.requestSalt == request)
        #expect(run.caseSalt == caseSalt)
        _ = stream.next(16)
        let salts = (0..<10).map { _ in stream.next(16) }
        func digest(_ salt: [UInt8], _ number: UInt8, _ value: [UInt8]) -> [UInt8] {
            Digest.sha256(Array("concordat/field/1".utf8) + [0] + salt + [0, 0, 0, number] + value).bytes
        }
        var outer = Array("concordat/record/1".utf8) + [0]
        outer += [0, 0, 0, 1, 2] + digest(salts[0], 1, Wire().text(1, "QQ123456A").bytes) + digest(salts[1], 1, Wire().text(1, "********456A").bytes)
        outer += [0, 0, 0, 2, 2] + digest(salts[2], 2, Wire().text(2, "1990-05-17").bytes) + digest(salts[3], 2, [])
        outer += [0, 0, 0, 3, 1] + digest(salts[4], 3, Wire().text(3, "E08000035").bytes)
        outer += [0, 0, 0, 4, 3]
        outer += [0, 0, 0, 5, 3]
        #expect(released.commitment == Digest.sha256(outer))
        #expect(released.opening.commitment(to: released.bytes) == released.commitment)
        // The recipient gets the release salt of a transformed field, never its source salt.
        #expect(released.opening.fields.map(\.salt) == [salts[1], salts[3], salts[4], [], []])
    }

    @Test func theRowCommitmentCoversTheReleasedBytes() throws {
        var run = try run(try program(awards(), [rule("nino", "allow")]), evidence: .record)
        guard case .released(let released) = run.apply(record) else {
            Issue.record("withheld")
            return
        }
        var stream = try AESCounterStream(key: testKey)
        _ = stream.next(32)
        let salt = stream.next(16)
        #expect(released.opening.recordSalt == salt)
        #expect(released.commitment == Digest.sha256(Array("concordat/row/1".utf8) + [0] + salt + released.bytes))
        #expect(released.opening.commitment(to: released.bytes) == released.commitment)
    }

    @Test func anAlteredRecordHasAnotherCommitment() throws {
        var run = try run(try program(awards(), [rule("nino", "allow"), rule("note", "allow")]))
        guard case .released(let released) = run.apply(record) else {
            Issue.record("withheld")
            return
        }
        for index in released.bytes.indices {
            var altered = released.bytes
            altered[index] ^= 1
            #expect(released.opening.commitment(to: altered) != released.commitment)
        }
        #expect(released.opening.commitment(to: []) == nil)
    }

    @Test func saltsAreNotDrawnForRecordsThatStay() throws {
        let program = try program(awards(), [rule("nino", "allow")], filter: .test(path("authority"), anyOf: ["E08000035"]))
        var first = try run(program)
        var second = try run(program)
        _ = first.apply(Wire().text(1, "QQ999999A").text(3, "E08000012").bytes)
        guard case .released(let one) = first.apply(record), case .released(let two) = second.apply(record) else {
            Issue.record("withheld")
            return
        }
        #expect(one.commitment == two.commitment)
    }

    @Test func aFieldThatTheSourceLacksIsNotHeld() throws {
        var run = try run(try program(awards(), [rule("nino", "allow"), rule("born", "age-band", ["bands": "0,18"])]))
        guard case .released(let released) = run.apply(Wire().text(1, "QQ123456A").bytes) else {
            Issue.record("withheld")
            return
        }
        #expect(released.opening.fields.map(\.disposition) == [.released, .notHeld, .withheld, .withheld, .withheld])
        #expect(released.opening.commitment(to: released.bytes) == released.commitment)
    }

    /// Amounts are listed, kinds are not. Whether an element that has no amount has a kind must not show: the two records give the same answer.
    @Test func anUnlistedSiblingDoesNotShowInTheDisposition() throws {
        let program = try program(awards(), [rule("nino", "allow"), rule("elements.amount_pence", "allow")])
        let bare = Wire().text(1, "QQ123456A").bytes
        let sibling = Wire().text(1, "QQ123456A").block(4, Wire().text(1, "health").bytes).bytes
        let held = Wire().text(1, "QQ123456A").block(4, Wire().text(1, "health").number(2, 5).bytes).bytes
        var outcomes: [RedactedRecord] = []
        for record in [bare, sibling, held] {
            var run = try run(program)
            guard case .released(let released) = run.apply(record) else {
                Issue.record("withheld")
                return
            }
            #expect(released.opening.commitment(to: released.bytes) == released.commitment)
            outcomes.append(released)
        }
        #expect(outcomes[0].opening.fields.map(\.disposition) == [.released, .withheld, .withheld, .notHeld, .withheld])
        #expect(outcomes[1].bytes == outcomes[0].bytes && outcomes[1].opening == outcomes[0].opening)
        #expect(outcomes[1].commitment == outcomes[0].commitment)
        #expect(outcomes[2].opening.fields.map(\.disposition) == [.released, .withheld, .withheld, .transformed, .withheld])
    }

    @Test func aTransformThatFailsReleasesNothing() throws {
        let program = try program(awards(), [rule("nino", "allow"), rule("born", "age-band", ["bands": "0,18"])])
        var run = try run(program)
        guard case .released(let released) = run.apply(Wire().text(1, "QQ123456A").text(2, "17/05/1990").bytes) else {
            Issue.record("withheld")
            return
        }
        #expect(released.bytes == Wire().text(1, "QQ123456A").bytes)
        #expect(released.opening.fields[1].disposition == .transformed)
        #expect(released.opening.commitment(to: released.bytes) == released.commitment)
        #expect(run.counts.droppedValues == 1)
    }

    @Test func onErrorFailWithholdsTheRecord() throws {
        let program = try program(awards(), [rule("nino", "allow"), rule("born", "age-band", ["bands": "0,18", "on_error": "fail"])])
        var run = try run(program)
        guard case .withheld(.failedTransform(leaf: 1)) = run.apply(Wire().text(1, "QQ123456A").text(2, "17/05/1990").bytes) else {
            Issue.record("it left")
            return
        }
        #expect(run.counts.withheld == 1)
    }

    @Test func keysOfAnotherProgramAreRefused() throws {
        let one = try program(awards(), [rule("nino", "allow")])
        let two = try program(awards(), [rule("born", "allow")])
        let keys = try TransformKeys(for: one, root: nil)
        do {
            _ = try RedactionRun(program: two, keys: keys, xk: testKey, exchangeDate: testDate, evidence: .field)
            Issue.record("accepted")
        } catch {
            #expect(error == .context("the transform keys were derived for another program"))
        }
    }

    @Test func aNarrowedProgramReleasesTheAskedFieldsOnly() throws {
        let all = try program(awards(), [rule("nino", "allow"), rule("born", "allow")])
        let some = try all.narrowed(to: [path("born")])
        #expect(try redact(record, by: some) == Wire().text(2, "1990-05-17").bytes)
        #expect(throws: RedactionFault.rule(path: "note", reason: "the agreement does not release it; ask for listed fields only")) {
            try all.narrowed(to: [path("note")])
        }
    }
}
