import Storage
import Vocabulary

/// How much of a certificate's life is left, in the steps at which operators are warned.
enum CertificateExpiry: String, CaseIterable, Sendable {
    case expired
    case within1Day = "1d"
    case within7Days = "7d"
    case within30Days = "30d"
    case later

    private static let day: Int64 = 86_400

    /// - Parameters:
    ///   - notAfter: the last second of validity (RFC 5280 §4.1.2.5), since 1970 UTC.
    ///   - now: seconds since 1970 UTC.
    init(notAfter: Int64, now: Int64) {
        self =
            switch notAfter - now {
            case ..<0: .expired
            case ...CertificateExpiry.day: .within1Day
            case ...(7 * CertificateExpiry.day): .within7Days
            case ...(30 * CertificateExpiry.day): .within30Days
            default: .later
            }
    }

    /// How many certificates that are in use stand at each step.
    static func counts(in reading: any StorageReading, at now: Timestamp) throws(StorageFault) -> [CertificateExpiry: Int] {
        var counts: [CertificateExpiry: Int] = [:]
        for certificate in try reading.usableCertificates() {
            counts[CertificateExpiry(notAfter: certificate.notAfter.seconds, now: now.seconds), default: 0] += 1
        }
        return counts
    }
}
