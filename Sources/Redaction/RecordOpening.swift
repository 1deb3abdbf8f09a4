import Cryptography

/// What level of evidence an agreement asks for. The ledger's Privacy chapter defines both.
package enum EvidenceLevel: String, Hashable, CaseIterable, Sendable {
    /// Each field can be opened alone.
    case field
    /// The released record is opened as a whole.
    case record
}

/// What a recipient gets beside a released record, so that it can check the commitment in the ledger, and later show one field to somebody
/// else without showing the others.
package struct RecordOpening: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        /// The field's number in the dataset schema.
        package let number: Int
        package let disposition: Disposition
        /// 16 bytes: the source salt of a released field, the release salt of a transformed one. Empty for others and at evidence level `record`.
        package var salt: [UInt8] { storedSalt?.bytes ?? [] }
        /// The same without a copy on the heap; nil for none.
        package let storedSalt: Salt?
        /// The digest that commits to the source's value of a transformed field; else nil.
        package let sourceDigest: Digest?

        init(number: Int, disposition: Disposition, salt: Salt?, sourceDigest: Digest?) {
            self.number = number
            self.disposition = disposition
            storedSalt = salt
            self.sourceDigest = sourceDigest
        }

        /// For whoever was sent an opening. A salt of another length than 16 bytes is none.
        package init(number: Int, disposition: Disposition, salt: [UInt8], sourceDigest: Digest?) {
            let stored = salt.count == Commitments.saltBytes ? Salt(salt.span) : nil
            self.init(number: number, disposition: disposition, salt: stored, sourceDigest: sourceDigest)
        }
    }

    package let evidence: EvidenceLevel
    /// 16 bytes at evidence level `record`; else empty.
    package let recordSalt: [UInt8]
    /// All of the record's own fields, ascending by number.
    package let fields: [Field]

    package init(evidence: EvidenceLevel, recordSalt: [UInt8], fields: [Field]) {
        self.evidence = evidence
        self.recordSalt = recordSalt
        self.fields = fields
    }

    /// The commitment that a released record has under this opening: equal to the ledger's, or something differs. Nil where the opening or the
    /// record is not well formed, or where the record holds a field that the opening does not call released or transformed.
    package func commitment(to released: [UInt8]) -> Digest? {
        switch evidence {
        case .record:
            guard recordSalt.count == Commitments.saltBytes else { return nil }
            return Commitments.record(salt: recordSalt, released: released)
        case .field:
            guard let values = Commitments.topLevelFields(of: released) else { return nil }
            var digests: [Commitments.FieldDigests] = []
            var used = 0
            for field in fields {
                let value = values[field.number]
                if value != nil { used += 1 }
                guard let digest = fieldDigests(of: field, value: value) else { return nil }
                digests.append(digest)
            }
            guard used == values.count else { return nil }
            return Commitments.record(of: digests)
        }
    }

    private func fieldDigests(of field: Field, value: ArraySlice<UInt8>?) -> Commitments.FieldDigests? {
        switch field.disposition {
        case .released:
            guard let value, field.salt.count == Commitments.saltBytes else { return nil }
            let digest = Commitments.field(salt: field.salt, number: field.number, value: value)
            return Commitments.FieldDigests(number: field.number, disposition: .released, source: digest, release: nil)
        case .transformed:
            guard field.salt.count == Commitments.saltBytes, let source = field.sourceDigest else { return nil }
            let digest = Commitments.field(salt: field.salt, number: field.number, value: value ?? [])
            return Commitments.FieldDigests(number: field.number, disposition: .transformed, source: source, release: digest)
        case .withheld, .notHeld:
            guard value == nil else { return nil }
            return Commitments.FieldDigests(number: field.number, disposition: field.disposition, source: nil, release: nil)
        }
    }
}
