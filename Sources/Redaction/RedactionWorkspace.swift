import Cryptography

/// The storage that redacting a record takes. A thread keeps one and lends it to one run after the other, so that a run allocates what it gives
/// away and nothing else.
package struct RedactionWorkspace: ~Copyable {
    var hash = SHA256()
    var scan = RecordScan()
    var emission = RecordEmission()
    var output = BackwardBuffer()
    var source = BackwardBuffer()
    /// The record's salt, then source and release salt of each field.
    var salts: [UInt8] = []
    var spans: [FieldSpan] = []
    /// What one field digest is over, and what the record commitment is over.
    var field: [UInt8] = []
    var outer: [UInt8] = []

    /// For each field: count of `output` before and after it, and of `source`.
    struct FieldSpan {
        var outputFrom = 0
        var outputTo = 0
        var sourceFrom = 0
        var sourceTo = 0
        var disposition = Disposition.withheld
        var sourceDigest = Digest.zero
    }

    package init() {}

    mutating func fit(fieldCount: Int) {
        spans.removeAll(keepingCapacity: true)
        spans.append(contentsOf: repeatElement(FieldSpan(), count: fieldCount))
    }
}
