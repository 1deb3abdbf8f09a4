/// C2SP tlog-cosignature v1.
enum Cosignature {
    /// What an Ed25519 cosigner signs. It does not name the cosigner, so a key must never serve two.
    static func message(time: UInt64, text: [UInt8]) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n".utf8) + text
    }
}
