import Cryptography
import ProtobufWire
import Testing
import Vocabulary

@testable import Redaction

/// What an edge says of the record's own fields.
func answeredFields(_ record: RedactedRecord) -> [AnsweredRun.Field] {
    record.opening.fields.map { AnsweredRun.Field(disposition: $0.disposition, sourceDigest: $0.sourceDigest) }
}

/// What another process answered is taken where a run of the program under this key could have made it, and nowhere else.
@Suite struct AnsweredRunTests {
    private let source = Wire().text(1, "QQ123456A").text(2, "Planted-Canary").text(3, "E08000035").number(4, 39_332).bytes

    /// The name is not listed, the amount leaves to the nearest thousand, nobody's area is held.
    private func awards() throws -> RedactionProgram {
        let schema = try dataset([
            FieldSchema(number: 1, name: "nino", type: .scalar(.string)), FieldSchema(number: 2, name: "surname", type: .scalar(.string)),
            FieldSchema(number: 3, name: "area", type: .scalar(.string)), FieldSchema(number: 4, name: "amount", type: .scalar(.int64)),
            FieldSchema(number: 5, name: "district", type: .scalar(.string)),
        ])
        return try program(
            schema, [rule("nino", "allow"), rule("area", "allow"), rule("amount", "round", ["base": "1000"]), rule("district", "allow")])
    }

    private func released(_ program: RedactionProgram, _ evidence: EvidenceLevel = .field, count: Int = 1) throws -> [RedactedRecord] {
        var run = try run(program, evidence: evidence)
        return (0..<count).compactMap { _ in
            guard case .released(let record) = run.apply(source) else { return nil }
            return record
        }
    }

    private func refusal(
        _ program: RedactionProgram, bytes: [UInt8], commitment: Digest, fields: [AnsweredRun.Field], _ evidence: EvidenceLevel = .field
    ) throws -> RedactionFault? {
        var answered = try AnsweredRun(program: program, xk: testKey, evidence: evidence)
        do throws(RedactionFault) {
            _ = try answered.take(bytes, commitment: commitment, fields: fields)
            return nil
        } catch {
            return error
        }
    }

    /// The commitment that a liar would put under its own bytes, with the salts of this key.
    private func commitment(_ program: RedactionProgram, to bytes: [UInt8], like record: RedactedRecord) throws -> Digest {
        try #require(record.opening.commitment(to: bytes))
    }

    @Test(arguments: EvidenceLevel.allCases) func whatARunMadeIsTakenAsItWasMade(_ evidence: EvidenceLevel) throws {
        let program = try awards()
        let made = try released(program, evidence, count: 3)
        var answered = try AnsweredRun(program: program, xk: testKey, evidence: evidence)
        let run = try run(program, evidence: evidence)
        #expect(answered.requestSalt == run.requestSalt && answered.caseSalt == run.caseSalt)
        for record in made {
            let taken = try answered.take(record.bytes, commitment: record.commitment, fields: answeredFields(record))
            #expect(taken.bytes == record.bytes && taken.commitment == record.commitment && taken.opening == record.opening)
        }
    }

    @Test(arguments: EvidenceLevel.allCases) func anUnlistedFieldIsRefusedWhateverItsCommitmentSays(_ evidence: EvidenceLevel) throws {
        let program = try awards()
        let record = try released(program, evidence)[0]
        let bytes = Wire().text(1, "QQ123456A").text(2, "Planted-Canary").text(3, "E08000035").number(4, 39_000).bytes
        let commitment = evidence == .record ? try commitment(program, to: bytes, like: record) : record.commitment
        let fault = try refusal(program, bytes: bytes, commitment: commitment, fields: answeredFields(record), evidence)
        #expect(fault == .answer("a record is not one of the program's output schema (\(WireFault.unknownField(2)))"))
    }

    @Test func anUnlistedFieldThatIsSaidToBeReleasedIsRefused() throws {
        let program = try awards()
        let record = try released(program)[0]
        var fields = answeredFields(record)
        fields[1] = AnsweredRun.Field(disposition: .released, sourceDigest: nil)
        let fault = try refusal(program, bytes: record.bytes, commitment: record.commitment, fields: fields)
        #expect(fault == .answer("a field met with something else than the program does"))
    }

    @Test func bytesInAnotherOrderAreRefused() throws {
        let program = try awards()
        let record = try released(program)[0]
        let bytes = Wire().text(3, "E08000035").text(1, "QQ123456A").number(4, 39_000).bytes
        let fault = try refusal(program, bytes: bytes, commitment: record.commitment, fields: answeredFields(record))
        #expect(fault == .answer("a record is not one of the program's output schema"))
    }

    @Test(arguments: EvidenceLevel.allCases) func anotherValueUnderTheOldCommitmentIsRefused(_ evidence: EvidenceLevel) throws {
        let program = try awards()
        let record = try released(program, evidence)[0]
        let bytes = Wire().text(1, "QQ123456A").text(3, "E08000035").number(4, 40_000).bytes
        let fault = try refusal(program, bytes: bytes, commitment: record.commitment, fields: answeredFields(record), evidence)
        #expect(fault == .answer("a record's commitment is that of another"))
    }

    @Test func aRecordInThePlaceOfAnotherIsRefused() throws {
        let program = try awards()
        let second = try released(program, count: 2)[1]
        let fault = try refusal(program, bytes: second.bytes, commitment: second.commitment, fields: answeredFields(second))
        #expect(fault == .answer("a record's commitment is that of another"))
    }

    @Test func aTransformedFieldWithoutItsDigestIsRefused() throws {
        let program = try awards()
        let record = try released(program)[0]
        var fields = answeredFields(record)
        fields[3] = AnsweredRun.Field(disposition: .transformed, sourceDigest: nil)
        let fault = try refusal(program, bytes: record.bytes, commitment: record.commitment, fields: fields)
        #expect(fault == .answer("a field has a digest too many or too few"))
        #expect(
            try refusal(program, bytes: record.bytes, commitment: record.commitment, fields: Array(fields.dropLast()))
                == .answer("a record has other fields than the schema"))
    }

    @Test(arguments: EvidenceLevel.allCases) func whatIsSaidNotToBeHeldIsNotInTheRecord(_ evidence: EvidenceLevel) throws {
        let program = try awards()
        let record = try released(program, evidence)[0]
        var fields = answeredFields(record)
        fields[2] = AnsweredRun.Field(disposition: .notHeld, sourceDigest: nil)
        let fault = try refusal(program, bytes: record.bytes, commitment: record.commitment, fields: fields, evidence)
        #expect(fault == .answer("a record's bytes are not what is said of its fields"))
    }

    @Test(arguments: EvidenceLevel.allCases) func whatIsSaidToBeReleasedIsInTheRecord(_ evidence: EvidenceLevel) throws {
        let program = try awards()
        let record = try released(program, evidence)[0]
        var fields = answeredFields(record)
        // Nobody's district is held.
        #expect(fields[4].disposition == .notHeld)
        fields[4] = AnsweredRun.Field(disposition: .released, sourceDigest: nil)
        let fault = try refusal(program, bytes: record.bytes, commitment: record.commitment, fields: fields, evidence)
        #expect(fault == .answer("a record's bytes are not what is said of its fields"))
    }

    /// Whether a name is held leaves as yes or no, the area is `here` in every record, the amount is 7 where one is held, and a flat shows as 1 in any case.
    private func answers() throws -> RedactionProgram {
        let address = try MessageSchema(
            name: "Address",
            fields: [FieldSchema(number: 1, name: "street", type: .scalar(.string)), FieldSchema(number: 2, name: "flat", type: .scalar(.uint64))])
        let schema = try dataset([
            FieldSchema(number: 1, name: "nino", type: .scalar(.string)), FieldSchema(number: 2, name: "surname", type: .scalar(.string)),
            FieldSchema(number: 3, name: "area", type: .scalar(.string)), FieldSchema(number: 4, name: "amount", type: .scalar(.int64)),
            FieldSchema(number: 5, name: "address", type: .message(address), cardinality: .singular),
        ])
        return try program(
            schema,
            [
                rule("nino", "allow"), rule("surname", "exists"), rule("area", "constant", ["value": "here", "only_if_present": "false"]),
                rule("amount", "constant", ["value": "7"]), rule("address.flat", "constant", ["value": "1", "only_if_present": "false"]),
            ])
    }

    private let answered = Wire().text(1, "QQ123456A").number(2, 1).text(3, "here").number(4, 7).block(5, Wire().number(2, 1).bytes).bytes

    /// Its disposition would tell what it answers for.
    @Test(arguments: EvidenceLevel.allCases) func whatAnswersForAbsentValuesIsNeverSaidNotToBeHeld(_ evidence: EvidenceLevel) throws {
        let program = try answers()
        let record = try released(program, evidence)[0]
        #expect(record.bytes == answered)
        #expect(try refusal(program, bytes: record.bytes, commitment: record.commitment, fields: answeredFields(record), evidence) == nil)
        for index in [1, 2, 4] {
            var fields = answeredFields(record)
            fields[index] = AnsweredRun.Field(disposition: .notHeld, sourceDigest: nil)
            let fault = try refusal(program, bytes: record.bytes, commitment: record.commitment, fields: fields, evidence)
            #expect(fault == .answer("a field met with something else than the program does"))
        }
    }

    @Test(arguments: EvidenceLevel.allCases) func aConstantIsThatConstantAndWhatIsOwedIsThere(_ evidence: EvidenceLevel) throws {
        let program = try answers()
        let record = try released(program, evidence)[0]
        let head = Wire().text(1, "QQ123456A")
        let flat = Wire().number(2, 1).bytes
        let falseOnes = [
            head.number(2, 1).text(3, "Planted-Canary").number(4, 7).block(5, flat), head.number(2, 1).text(3, "here").number(4, 39_332).block(5, flat),
            head.number(2, 1).text(3, "here").number(4, 7).block(5, Wire().number(2, 12).bytes), head.text(3, "here").number(4, 7).block(5, flat),
            head.number(2, 1).number(4, 7).block(5, flat), head.number(2, 1).text(3, "here").number(4, 7),
        ]
        for bytes in falseOnes.map(\.bytes) {
            let fault = try refusal(
                program, bytes: bytes, commitment: commitment(program, to: bytes, like: record), fields: answeredFields(record), evidence)
            #expect(fault == .answer("a constant, or what answers for absent values, is not in a record as the program writes it"), "\(bytes)")
        }
        // An amount of which none is made: too long, or not held.
        let without = head.number(2, 0).text(3, "here").block(5, flat).bytes
        #expect(try refusal(program, bytes: without, commitment: commitment(program, to: without, like: record), fields: answeredFields(record), evidence) == nil)
    }

    /// Where the trust in a provider's own edge ends: the amount should leave to the nearest thousand.
    @Test(arguments: EvidenceLevel.allCases) func aTransformedValueStandsOnTheEdgesWord(_ evidence: EvidenceLevel) throws {
        let program = try awards()
        let record = try released(program, evidence)[0]
        let bytes = Wire().text(1, "QQ123456A").text(3, "E08000035").number(4, 39_332).bytes
        #expect(try refusal(program, bytes: bytes, commitment: commitment(program, to: bytes, like: record), fields: answeredFields(record), evidence) == nil)
    }

    /// Keys that were derived elsewhere: those of the same program, as many as it needs.
    @Test func keysAreHandedOnWithoutTheirRoot() throws {
        let schema = try dataset([FieldSchema(number: 1, name: "nino", type: .scalar(.string))])
        let program = try program(schema, [rule("nino", "pseudonym", ["scope": "agreement", "domain": "nino", "canon": "nino.demo.v1"])])
        let keys = try TransformKeys(for: program, root: PseudonymRoot(epoch: 1, secret: testKey))
        let handed = try TransformKeys(for: program, secrets: keys.secrets.map { SecretBytes($0.exposed()) })
        let codes = try [keys, handed].map { keys in
            var run = try RedactionRun(program: program, keys: keys, xk: testKey, exchangeDate: testDate, evidence: .field)
            guard case .released(let record) = run.apply(Wire().text(1, "QQ123456A").bytes) else { return [UInt8]() }
            return record.bytes
        }
        #expect(codes[0] == codes[1] && codes[0].count == 24)
        #expect(throws: RedactionFault.context("the program needs 1 transform keys of 32 bytes and was given others")) {
            try TransformKeys(for: program, secrets: [])
        }
    }
}
