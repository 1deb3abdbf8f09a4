import Cryptography
import ProtobufWire
import Vocabulary

/// A transform in the program, ready to be applied.
struct CompiledTransform: Sendable {
    enum Result {
        /// The output is in the scratch buffer.
        case text
        /// The output is a number in canonical wire form.
        case number(UInt64)
        /// The value has no transformed form. What then happens is the rule's `on_error`.
        case failed
    }

    let transform: Transform
    /// Whether it turns the value into text, whatever it was.
    let isTextual: Bool
    /// Place of its key among the keys, or -1.
    let keyIndex: Int

    /// `text` is valid UTF-8.
    func apply(text: Span<UInt8>, inputs: borrowing TransformInputs, limits: RedactionLimits, into output: inout [UInt8]) -> Result {
        guard text.count <= limits.maxTransformedTextBytes else { return .failed }
        let succeeded: Bool
        switch transform.kind {
        case .mask(let mask):
            mask.apply(text, into: &output)
            succeeded = true
        case .ageBand(let band): succeeded = band.apply(text, exchangeDate: inputs.exchangeDate, into: &output)
        case .postcode(let cut): succeeded = cut.apply(text, into: &output)
        case .pseudonym(let pseudonym): succeeded = pseudonym.apply(text, key: inputs.keys[keyIndex], into: &output)
        case .bucket(let bucket):
            guard let value = ExactDecimal(text) else { return .failed }
            succeeded = bucket.apply(value, into: &output)
        case .round(let rounding):
            guard let value = ExactDecimal(text) else { return .failed }
            rounding.apply(value).append(to: &output)
            succeeded = true
        case .allow, .drop: preconditionFailure("allow and drop are actions of a row, not transforms of a value")
        }
        return succeeded ? .text : .failed
    }

    /// `number` is in canonical wire form of `type`.
    func apply(number: UInt64, type: ScalarType, into output: inout [UInt8]) -> Result {
        switch transform.kind {
        case .bucket(let bucket):
            return bucket.apply(ExactDecimal(mantissa: type.integer(number), scale: 0), into: &output) ? .text : .failed
        case .round(let rounding):
            if type == .double {
                guard let rounded = rounding.apply(Double(bitPattern: number)) else { return .failed }
                return .number(ScalarType.double.canonical(rounded.bitPattern))
            }
            let rounded = rounding.apply(ExactDecimal(mantissa: type.integer(number), scale: 0))
            guard let raw = type.raw(rounded.mantissa) else { return .failed }
            return .number(raw)
        case .allow, .drop, .mask, .ageBand, .postcode, .pseudonym:
            preconditionFailure("the compiler refuses \(transform.name) on numbers")
        }
    }
}

/// What transforms depend on besides the value and their parameters.
struct TransformInputs: Sendable {
    let exchangeDate: CalendarDate
    /// By key index.
    let keys: [HMACKey]
}
