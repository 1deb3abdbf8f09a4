import ProtobufWire

/// What happened: one act for one entry.
package enum EntryBody: Sendable, Equatable {
    case exchange(ExchangeEntry)
    case denial(DenialEntry)
    case attempt(AttemptEntry)
    case acknowledgement(AcknowledgementEntry)
    case token(TokenEntry)
    case agreement(AgreementEntry)
    case registry(RegistryEntry)
    case key(KeyEntry)
    case erasure(ErasureEntry)
    case finding(FindingEntry)
    case oversight(OversightEntry)
    case succession(SuccessionEntry)
    case heartbeat(HeartbeatEntry)

    package var kind: EntryKind {
        switch self {
        case .exchange: .exchange
        case .denial: .denial
        case .attempt: .attempt
        case .acknowledgement: .acknowledgement
        case .token: .token
        case .agreement: .agreement
        case .registry: .registry
        case .key: .key
        case .erasure: .erasure
        case .finding: .finding
        case .oversight: .oversight
        case .succession: .succession
        case .heartbeat: .heartbeat
        }
    }
}

extension EntryBody {
    private var message: any EntryMessage {
        switch self {
        case .exchange(let entry): entry
        case .denial(let entry): entry
        case .attempt(let entry): entry
        case .acknowledgement(let entry): entry
        case .token(let entry): entry
        case .agreement(let entry): entry
        case .registry(let entry): entry
        case .key(let entry): entry
        case .erasure(let entry): entry
        case .finding(let entry): entry
        case .oversight(let entry): entry
        case .succession(let entry): entry
        case .heartbeat(let entry): entry
        }
    }

    /// The canonical bytes of the body alone.
    func encoded() -> [UInt8] {
        // An exchange is written on every call: it goes the direct way.
        var writer = WireWriter(reserving: 640)
        if case .exchange(let entry) = self {
            entry.write(to: &writer)
        } else {
            message.write(to: &writer)
        }
        return writer.bytes
    }

    /// Throws where the bytes that ``encoded()`` gave would not read back as this value.
    func requireReadable(_ written: [UInt8]) throws(WireFault) {
        if case .exchange(let entry) = self { try entry.requireReadable(written) } else { try message.requireReadable(written) }
    }

    init(_ kind: EntryKind, reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        self =
            switch kind {
            case .exchange: .exchange(try ExchangeEntry(reading: bytes))
            case .denial: .denial(try DenialEntry(reading: bytes))
            case .attempt: .attempt(try AttemptEntry(reading: bytes))
            case .acknowledgement: .acknowledgement(try AcknowledgementEntry(reading: bytes))
            case .token: .token(try TokenEntry(reading: bytes))
            case .agreement: .agreement(try AgreementEntry(reading: bytes))
            case .registry: .registry(try RegistryEntry(reading: bytes))
            case .key: .key(try KeyEntry(reading: bytes))
            case .erasure: .erasure(try ErasureEntry(reading: bytes))
            case .finding: .finding(try FindingEntry(reading: bytes))
            case .oversight: .oversight(try OversightEntry(reading: bytes))
            case .succession: .succession(try SuccessionEntry(reading: bytes))
            case .heartbeat: .heartbeat(try HeartbeatEntry(reading: bytes))
            }
    }
}
