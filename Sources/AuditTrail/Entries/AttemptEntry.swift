import Cryptography
import ProtobufWire
import Vocabulary

/// Written before another department's service is asked, so that a crash leaves an attempt and never a silent read; and before an owner is
/// shown a record of its own, which no agreement covers.
package struct AttemptEntry: Sendable, Equatable {
    package var exchange: ExchangeID
    package var part: UInt32
    /// Nil for an owner's look into its own dataset.
    package var agreementEntry: LedgerIndex?
    package var client: PrincipalNumber
    package var dataset: DatasetID
    package var requestCommitment: Digest

    package init(
        exchange: ExchangeID, part: UInt32, agreementEntry: LedgerIndex?, client: PrincipalNumber, dataset: DatasetID,
        requestCommitment: Digest
    ) {
        self.exchange = exchange
        self.part = part
        self.agreementEntry = agreementEntry
        self.client = client
        self.dataset = dataset
        self.requestCommitment = requestCommitment
    }
}

extension AttemptEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.bytes(1, exchange.bytes)
        writer.varint(2, UInt64(part))
        writer.entry(3, agreementEntry)
        writer.varint(4, UInt64(client.value))
        writer.string(5, dataset.text)
        writer.digest(6, requestCommitment)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var exchange: ExchangeID?, agreement: LedgerIndex?, client: PrincipalNumber?, dataset: DatasetID?, commitment: Digest?
        var part: UInt32 = 0
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: exchange = try field.exchangeID()
            case 2: part = try field.uint32()
            case 3: agreement = try field.entry()
            case 4: client = try field.principal()
            case 5: dataset = try field.parsed(DatasetID.init)
            case 6: commitment = try field.digest()
            default: throw .unknownField(field.number)
            }
        }
        self.init(
            exchange: try required(exchange, 1), part: part, agreementEntry: agreement,
            client: try required(client, 4), dataset: try required(dataset, 5), requestCommitment: try required(commitment, 6))
    }
}
