import ProtobufWire
import Redaction
import Tokens
import Vocabulary

/// What a token allows, so that a reader of the ledger can compare each exchange with it, and it with the terms.
package struct TokenAllowance: Sendable, Equatable {
    package struct Dataset: Sendable, Equatable {
        package var id: DatasetID
        /// Ascending by number, without repetition, at least one.
        package var actions: [TokenAction]
        /// Leaves of the schema that the terms name; none where only questions are answered.
        package var fields: LeafSet

        package init(id: DatasetID, actions: [TokenAction], fields: LeafSet) {
            self.id = id
            self.actions = actions
            self.fields = fields
        }
    }

    /// Upper bounds for the token's whole life and for one call.
    package typealias Limits = AuthorizationDetail.Limits

    /// Of the agreement.
    package var version: AgreementVersion
    package var purpose: PurposeCode
    /// Ascending by name in UTF-8 order, without repetition, at least one.
    package var datasets: [Dataset]
    package var limits: Limits

    /// Puts datasets and actions in their order, actions once each.
    package init(version: AgreementVersion, purpose: PurposeCode, datasets: [Dataset], limits: Limits) {
        self.version = version
        self.purpose = purpose
        self.limits = limits
        self.datasets = datasets.map { dataset in
            var sorted = dataset
            sorted.actions = Set(dataset.actions).sorted { $0.number < $1.number }
            return sorted
        }.sorted { $0.id.text.utf8.lexicographicallyPrecedes($1.id.text.utf8) }
    }

    package func dataset(_ id: DatasetID) -> Dataset? {
        datasets.first { $0.id == id }
    }
}

// Fields 11 to 14 of the TOKEN entry.
extension TokenAllowance {
    func write(to writer: inout WireWriter) {
        writer.varint(11, UInt64(version.value))
        writer.string(12, purpose.text)
        for dataset in datasets { writer.message(13, dataset.write) }
        writer.message(14, limits.write)
    }

    /// What has been read of it so far: each may still be missing.
    struct Parts {
        var version: AgreementVersion?
        var purpose: PurposeCode?
        var datasets: [Dataset] = []
        var limits: Limits?

        mutating func read(_ field: CanonicalField) throws(WireFault) {
            switch field.number {
            case 11:
                version = AgreementVersion(try field.uint32())
                guard version != nil else { throw .outOfRange(field: 11) }
            case 12: purpose = try field.parsed(PurposeCode.init)
            case 13:
                let dataset = try Dataset(reading: try field.messageElement())
                let last = datasets.last?.id.text.utf8
                guard last.map({ $0.lexicographicallyPrecedes(dataset.id.text.utf8) }) ?? true else { throw .outOfOrder(field: 13) }
                datasets.append(dataset)
            case 14: limits = try Limits(reading: try field.message())
            default: throw .unknownField(field.number)
            }
        }

        func allowance() throws(WireFault) -> TokenAllowance {
            guard !datasets.isEmpty else { throw .missing(field: 13) }
            return TokenAllowance(
                version: try required(version, 11), purpose: try required(purpose, 12), datasets: datasets, limits: try required(limits, 14))
        }
    }
}

extension TokenAllowance.Dataset {
    fileprivate func write(to writer: inout WireWriter) {
        writer.string(1, id.text)
        writer.packed(2, actions.map(\.number))
        writer.bytes(3, fields.bytes)
    }

    fileprivate init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var id: DatasetID?, actions: [TokenAction] = [], fields = LeafSet()
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: id = try field.parsed(DatasetID.init)
            case 2: actions = try TokenAction.list(field)
            case 3: fields = try field.leafSet()
            default: throw .unknownField(field.number)
            }
        }
        guard !actions.isEmpty else { throw .missing(field: 2) }
        self.init(id: try required(id, 1), actions: actions, fields: fields)
    }
}

extension AuthorizationDetail.Limits {
    fileprivate func write(to writer: inout WireWriter) {
        writer.varint(1, rows)
        writer.varint(2, bytes)
        writer.varint(3, calls)
        writer.varint(4, rowsPerCall)
    }

    fileprivate init(reading slice: ArraySlice<UInt8>) throws(WireFault) {
        var rows: UInt64?, bytes: UInt64?, calls: UInt64?, rowsPerCall: UInt64?
        var reader = CanonicalReader(slice)
        while let field = try reader.next() {
            switch field.number {
            case 1: rows = try field.varint()
            case 2: bytes = try field.varint()
            case 3: calls = try field.varint()
            case 4: rowsPerCall = try field.varint()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            rows: try required(rows, 1), bytes: try required(bytes, 2), calls: try required(calls, 3),
            rowsPerCall: try required(rowsPerCall, 4))
    }
}

extension TokenAction {
    /// In the ledger. Frozen.
    fileprivate var number: UInt64 {
        switch self {
        case .read: 1
        case .query: 2
        case .notify: 3
        case .write: 4
        }
    }

    /// Ascending, each once.
    fileprivate static func list(_ field: CanonicalField) throws(WireFault) -> [TokenAction] {
        var actions: [TokenAction] = []
        for number in try field.packed() {
            guard let action = allCases.first(where: { $0.number == number }), actions.last.map({ $0.number < number }) ?? true else {
                throw .outOfRange(field: field.number)
            }
            actions.append(action)
        }
        return actions
    }
}
