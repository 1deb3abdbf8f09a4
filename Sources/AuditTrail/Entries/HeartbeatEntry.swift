import Cryptography
import ProtobufWire
import Vocabulary

/// The broker started, is alive, or stopped. At most a minute lies between two while it runs, so that silence shows.
package struct HeartbeatEntry: Sendable, Equatable {
    package enum Act: UInt32, CaseIterable, Sendable {
        case start = 1
        case alive = 2
        case stop = 3
    }

    package var act: Act
    /// 16 random bytes that name one run of the broker.
    package var run: [UInt8]
    /// At the start: the program's version; else empty.
    package var version: String
    /// At the start: SHA-256 of the settings in force.
    package var settingsDigest: Digest?

    package init(act: Act, run: [UInt8], version: String = "", settingsDigest: Digest? = nil) {
        self.act = act
        self.run = run
        self.version = version
        self.settingsDigest = settingsDigest
    }
}

extension HeartbeatEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.varint(1, UInt64(act.rawValue))
        writer.bytes(2, run)
        writer.string(3, version)
        writer.digest(4, settingsDigest)
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var act: Act?, run: [UInt8]?, version = "", settings: Digest?
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            switch field.number {
            case 1: act = try field.member()
            case 2: run = try field.bytes(count: 16)
            case 3: version = try field.name(upTo: EntryLimits.maxNameBytes)
            case 4: settings = try field.digest()
            default: throw .unknownField(field.number)
            }
        }
        self.init(act: try required(act, 1), run: try required(run, 2), version: version, settingsDigest: settings)
    }
}
