import Cryptography
import Vocabulary

extension PlainTransform {
    /// The formula of the reference, step by step: K = HKDF(root, "concordat/root/v1", ...), then the first bytes of HMAC(K, LP(label) LP(value)).
    func pseudonym(_ text: String) -> String? {
        guard let root, let value = PlainTransform.canonical(text, text: self.text("canon")) else { return nil }
        let scope =
            switch self.text("scope") {
            case "agreement": context.agreement
            case "recipient": "recipient"
            default: "project/" + self.text("scope").dropFirst("project:".count)
            }
        let epoch = (0..<4).reversed().map { UInt8(root.epoch >> (8 * UInt32($0)) & 0xff) }
        let info =
            prefixed("concordat/pseudonym/v1") + prefixed("recipient:" + context.recipient) + prefixed("scope:" + scope)
            + prefixed("domain:" + self.text("domain")) + prefixed(epoch)
        let key = HKDF.sha256(secret: root.secret, salt: Array("concordat/root/v1".utf8), info: info, length: 32)
        let tag = HMACKey.sha256(key).authenticate(prefixed("concordat/pseudonym/v1") + prefixed(value))
        return Base64URL.encode(tag.bytes.prefix(number("bytes", default: 16)))
    }

    private func prefixed(_ text: String) -> [UInt8] {
        prefixed(Array(text.utf8))
    }

    private func prefixed(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(bytes.count / 256), UInt8(bytes.count % 256)] + bytes
    }

    /// The one form of an identifier under the named rule; nil where it has none.
    private static func canonical(_ value: String, text canon: String) -> String? {
        guard value.utf8.count <= 64, value.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let compact = value.filter { $0 != " " }.uppercased()
        switch canon {
        case "nino.v1":
            let refused = ["BG", "GB", "KN", "NK", "NT", "TN", "ZZ", "OO", "CR", "FY", "MW", "NC", "GY", "JY"]
            let isNumber = compact.wholeMatch(of: /[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]/) != nil
            return isNumber && !refused.contains(String(compact.prefix(2))) ? compact : nil
        case "nino.demo.v1": return compact.wholeMatch(of: /QQ[0-9]{6}[A-D]/) == nil ? nil : compact
        case "postcode.v1": return wholePostcode(value)
        case "date.v1": return CalendarDate(value)?.description
        default: return !value.isEmpty && value.utf8.allSatisfy { 0x21 <= $0 && $0 <= 0x7e } ? value : nil
        }
    }
}
