import Cryptography

/// The salts of one EXCHANGE entry: the AES-256-CTR key stream under its `xk`, 16 bytes each, in the order of the ledger's Privacy chapter: request, case, then
/// for each released record its own, and source and release salt of each field of the schema, ascending by number.
///
/// Whoever holds `xk` can open everything of that entry; an auditor takes the salts of a record from here to run the oracle on it.
package struct EntrySalts: ~Copyable {
    package let request: [UInt8]
    package let caseReference: [UInt8]
    private var stream: AESCounterStream
    private let recordBytes: Int

    /// `fieldCount` is the number of the record's own fields in the dataset schema. Throws unless `xk` has 32 bytes.
    package init(xk: SecretBytes, fieldCount: Int) throws(RedactionFault) {
        do throws(CryptographyFault) {
            stream = try AESCounterStream(key: xk)
        } catch {
            throw .context("xk must have 32 bytes")
        }
        request = stream.next(Commitments.saltBytes)
        caseReference = stream.next(Commitments.saltBytes)
        recordBytes = Commitments.saltBytes * (1 + 2 * fieldCount)
    }

    /// The salts of the next released record.
    package mutating func next() -> [UInt8] {
        stream.next(recordBytes)
    }

    /// The same into storage that is reused.
    mutating func fill(_ salts: inout [UInt8]) {
        if salts.count != recordBytes { salts = [UInt8](repeating: 0, count: recordBytes) }
        stream.fill(&salts)
    }
}
