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
        /// Yes or no.
        case flag(Bool)
        /// The value has no transformed form. What then happens is the rule's `on_error`.
        case failed
    }

    /// In what form the value leaves.
    enum Output {
        case text
        /// The field's own number.
        case number
        case flag
    }

    let transform: Transform
    let output: Output
    /// Place of its key among the keys, or -1.
    let keyIndex: Int
    /// A constant as a number, else 0.
    let literal: UInt64
    /// Wire forms of the values that a predicate compares a bool or an enum with.
    let codes: Set<UInt64>

    /// Traps where the compiler has not checked that the transform takes the type.
    init(_ transform: Transform, type: FieldType, keyIndex: Int) {
        self.transform = transform
        self.keyIndex = keyIndex
        do throws(Transform.Unfit) {
            let text = FieldType.scalar(.string)
            var literal: UInt64 = 0
            var codes: Set<UInt64> = []
            switch transform.kind {
            case .constant(let constant): literal = try constant.number(in: type) ?? 0
            case .predicate(let predicate): codes = try predicate.codes(in: type)
            default: break
            }
            let isFlag: Bool =
                switch transform.kind {
                case .predicate, .exists: true
                default: false
                }
            output = isFlag ? .flag : (try transform.outputType(of: type) == text ? .text : .number)
            self.literal = literal
            self.codes = codes
        } catch {
            preconditionFailure("the compiler refuses what does not fit: \(error.reason)")
        }
    }

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
        case .constant(let constant):
            output.append(contentsOf: constant.value.utf8)
            succeeded = true
        case .truncate(let truncation):
            truncation.apply(text, into: &output)
            succeeded = true
        case .dateGeneralise(let generalisation): succeeded = generalisation.apply(text, into: &output)
        case .topBottomCode(let code):
            guard let value = ExactDecimal(text) else { return .failed }
            code.apply(value, into: &output)
            succeeded = true
        case .predicate(let predicate): return predicate.outcome(text, exchangeDate: inputs.exchangeDate).map(Result.flag) ?? .failed
        case .allow, .drop, .null, .exists: preconditionFailure("\(transform.name) is an action of a row, not a transform of a value")
        }
        return succeeded ? .text : .failed
    }

    /// `number` is in canonical wire form of `type`; an enum's is `int32`.
    func apply(number: UInt64, type: ScalarType, inputs: borrowing TransformInputs, into output: inout [UInt8]) -> Result {
        switch transform.kind {
        case .constant: return .number(literal)
        case .topBottomCode(let code): return apply(code, number, type, into: &output)
        case .predicate(let predicate):
            guard codes.isEmpty else { return .flag(predicate.outcome(code: number, among: codes)) }
            return .flag(predicate.outcome(ExactDecimal(mantissa: type.integer(number), scale: 0), exchangeDate: inputs.exchangeDate))
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
        case .allow, .drop, .null, .exists, .mask, .truncate, .dateGeneralise, .ageBand, .postcode, .pseudonym:
            preconditionFailure("the compiler refuses \(transform.name) on numbers")
        }
    }

    private func apply(_ code: TopBottomCode, _ number: UInt64, _ type: ScalarType, into output: inout [UInt8]) -> Result {
        if type == .double { return code.coded(Double(bitPattern: number)).map { .number(type.canonical($0.bitPattern)) } ?? .failed }
        let value = ExactDecimal(mantissa: type.integer(number), scale: 0)
        guard self.output == .number else {
            code.apply(value, into: &output)
            return .text
        }
        return type.raw(code.coded(value).mantissa).map(Result.number) ?? .failed
    }
}

/// What transforms depend on besides the value and their parameters.
struct TransformInputs: Sendable {
    let exchangeDate: CalendarDate
    /// By key index.
    let keys: [HMACKey]
}
