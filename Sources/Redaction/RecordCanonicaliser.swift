import ProtobufWire
import Vocabulary

/// Brings records into the canonical form of a dataset schema, nothing left out but what the schema does not know: what a source stores and what an
/// owner is shown. Keep one and give it many records; its storage is reused.
package struct RecordCanonicaliser {
    let plan: RecordPlan
    private let count: Int
    /// Of the record that was brought into form last.
    private(set) var scan = RecordScan()
    private var emission = RecordEmission()
    private var buffer = BackwardBuffer()

    package init(_ schema: MessageSchema, limits: RedactionLimits = .standard) {
        plan = RecordPlan(layout: RecordLayout(schema), transforms: [], limits: limits)
        count = schema.fields.count
    }

    /// The canonical bytes. `isStrict` refuses what a record for import must not have: unknown or ill-typed fields, repeated singular ones, overlong
    /// numbers, defaults without presence, undefined enum values, invalid text. Otherwise those are dropped or brought into form.
    package mutating func canonical(_ record: [UInt8], isStrict: Bool) throws(WireFault) -> [UInt8] {
        try canonical(record.span, isStrict: isStrict)
    }

    package mutating func canonical(_ record: Span<UInt8>, isStrict: Bool) throws(WireFault) -> [UInt8] {
        try scan.scan(record, layout: plan.layout, limits: plan.limits, isStrict: isStrict)
        buffer.clear()
        let inputs = TransformInputs(exchangeDate: CalendarDate(daysSince1970: 0), keys: [])
        var index = count - 1
        while index >= 0 {
            do throws(RecordEmission.Withheld) {
                try emission.emit(index, of: scan, record: record, plan: plan, inputs: inputs, view: .source, into: &buffer)
            } catch {
                preconditionFailure("the source's view transforms nothing and so withholds nothing")
            }
            index -= 1
        }
        return buffer.bytes()
    }
}
