import ProtobufWire

extension Transform {
    /// Why a transform cannot take a field.
    struct Unfit: Error {
        let reason: String
    }

    /// The type of the field once transformed. Throws a reason where the transform cannot take the type.
    func outputType(of type: FieldType) throws(Unfit) -> FieldType {
        let text = FieldType.scalar(.string)
        switch kind {
        case .allow, .drop, .null: return type
        case .mask: return try require(type == text, type, "mask takes text; allow or drop the field, or round or bucket a number")
        case .truncate: return try require(type == text, type, "truncate takes text; round or bucket a number")
        case .dateGeneralise: return try require(type == text, type, "date-generalise takes a day as text YYYY-MM-DD")
        case .ageBand: return try require(type == text, type, "age-band takes a date of birth as text YYYY-MM-DD")
        case .postcode: return try require(type == text, type, "postcode takes text")
        case .pseudonym: return try require(type == text, type, "pseudonym takes text")
        case .constant(let constant):
            _ = try constant.number(in: type)
            return type
        case .bucket:
            guard case .scalar(let scalar) = type, scalar == .string || scalar.isInteger else {
                throw Unfit(reason: "bucket takes whole numbers or decimals as text; floating-point numbers have no exact edges")
            }
            return text
        case .round(let rounding):
            guard case .scalar(let scalar) = type, scalar == .string || scalar == .double || scalar.isInteger else {
                throw Unfit(reason: "round takes whole numbers, double, or decimals as text")
            }
            guard scalar == .string || rounding.base.scale == 0 else {
                throw Unfit(reason: "round base=\(rounding.base.text) needs a decimal as text; use a whole base for \(scalar.name)")
            }
            return type
        case .topBottomCode(let code):
            try code.requireFit(type)
            return code.labels.isEmpty ? type : text
        case .predicate(let predicate):
            _ = try predicate.codes(in: type)
            return .scalar(.bool)
        case .exists: return .scalar(.bool)
        }
    }

    private func require(_ fits: Bool, _ type: FieldType, _ reason: String) throws(Unfit) -> FieldType {
        guard fits else { throw Unfit(reason: reason) }
        return type
    }

    /// How often the field occurs once transformed. A no must not look like absence, so yes and no have presence; and what answers for an absent value
    /// stands outside the oneof, which it would else set.
    func outputCardinality(of field: FieldSchema) -> Cardinality {
        switch (kind, field.cardinality) {
        case (.exists, _): .optional
        case (.predicate, .singular): .optional
        case (.constant, .oneof) where answersAbsence: .optional
        default: field.cardinality
        }
    }

    /// Why the field's place in the record does not fit, nil where it does. `isListed`: the field or a message above it may occur several times.
    /// `isChosen`: a message above it is a member of a oneof. `hasPresence`: absence of the field differs from its default value.
    func unfitPlace(_ type: FieldType, isListed: Bool, isListedAbove: Bool, isChosen: Bool, hasPresence: Bool) -> String? {
        if answersAbsence {
            let needsOne = kind == .exists ? isListedAbove : isListed
            if needsOne { return "\(name) here would answer for each entry of a list, and so count them; choose a field that occurs once" }
            if isChosen { return "\(name) here would set one member of a oneof in every record; choose a field outside it" }
        }
        let asDefault = "the default value looks like absence in this field; "
        switch kind {
        case .constant(let constant) where !hasPresence && constant.isDefault(in: type): return asDefault + "choose another value"
        case .topBottomCode(let code) where !hasPresence && code.givesZero && type != .scalar(.string): return asDefault + "choose another bound, or labels"
        default: return nil
        }
    }

    /// Whether something leaves also where the source holds no value.
    var answersAbsence: Bool {
        switch kind {
        case .exists: true
        case .constant(let constant): !constant.onlyIfPresent
        default: false
        }
    }

    /// Whether the outcome does not depend on the record, so that the source is not asked for the field.
    var isUnread: Bool {
        if case .constant(let constant) = kind { !constant.onlyIfPresent } else { isDrop }
    }

    /// Whether a value leaves exactly as it came.
    var isAllow: Bool { kind == .allow }

    /// Whether nothing leaves.
    var isDrop: Bool {
        switch kind {
        case .drop, .null: true
        default: false
        }
    }

    /// Whether an answer says that the terms withhold the field.
    var isNoticed: Bool { kind == .null(isNoticed: true) }
}
