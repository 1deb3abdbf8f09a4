import COpenSSL

/// What this system reads of an X.509 certificate. Who its holder is comes from the registry by ``thumbprint``, never from
/// the text inside; that the chain is trusted is TLS's business.
package struct X509Certificate: Hashable, Sendable {
    /// The certificate, byte for byte.
    package let der: [UInt8]
    package let thumbprint: Thumbprint
    /// SubjectPublicKeyInfo, DER.
    package let subjectPublicKeyDER: [UInt8]
    /// First and last second of validity, in seconds since 1970 UTC.
    package let notBefore: Int64
    package let notAfter: Int64
    /// Whether it is a version 3 certificate whose basic constraints say CA.
    package let isAuthority: Bool
    /// Whether its extended key usage says that servers, and that clients, of TLS show it (RFC 5280 §4.2.1.12). Neither where it has none.
    package let isForServers: Bool
    package let isForClients: Bool
    /// Whether a subject alternative name is a DNS name or an IP address, by which a client knows a server (RFC 9525 §2).
    package let namesHost: Bool
    /// The subject as RFC 2253 text, cut at 512 characters. To be shown to people; nothing may decide on it.
    package let subjectForDisplay: String

    /// From DER that is exactly one certificate.
    package init(der: [UInt8]) throws(CryptographyFault) {
        guard der.count <= PEM.maxBytes else { throw .malformed(what: "certificate", reason: "it is over 64 KiB") }
        let certificate = try CertificateHandle(der)
        try certificate.requireEncoding(der)
        self.der = der
        thumbprint = Thumbprint(ofCertificate: der)
        subjectPublicKeyDER = try certificate.subjectPublicKey()
        notBefore = try unsafe certificate.time("notBefore") { unsafe X509_get0_notBefore($0) }
        notAfter = try unsafe certificate.time("notAfter") { unsafe X509_get0_notAfter($0) }
        isAuthority = certificate.isAuthority
        isForServers = certificate.isFor(UInt32(XKU_SSL_SERVER))
        isForClients = certificate.isFor(UInt32(XKU_SSL_CLIENT))
        namesHost = certificate.namesHost
        subjectForDisplay = try certificate.subject()
    }

    /// From one PEM block 'CERTIFICATE'.
    package init(pem: String) throws(CryptographyFault) {
        try self.init(der: PEM.decode(pem, label: "CERTIFICATE"))
    }

    /// Every certificate of a PEM file, in order.
    package static func chain(pem: String) throws(CryptographyFault) -> [X509Certificate] {
        var chain: [X509Certificate] = []
        for block in try PEM.decodeAll(pem, label: "CERTIFICATE") { chain.append(try X509Certificate(der: block)) }
        return chain
    }

    package var pem: String { PEM.encode(der, label: "CERTIFICATE") }

    /// The holder's ES256 key; a fault when it has a key of another kind.
    package func es256PublicKey() throws(CryptographyFault) -> ES256PublicKey {
        try ES256PublicKey(spkiDER: subjectPublicKeyDER)
    }

    /// Whether `second` (since 1970 UTC) lies in the validity, both ends included (RFC 5280 §4.1.2.5).
    package func isInValidity(at second: Int64) -> Bool {
        notBefore <= second && second <= notAfter
    }

    /// Why a server that trusts `authorities` would not accept it from a client that shows it with `intermediates` at `second` (since 1970 UTC), in
    /// OpenSSL's words; nil where it would.
    package func faultAsClient(
        of authorities: [X509Certificate], through intermediates: [X509Certificate] = [], depth: Int, at second: Int64
    ) throws(CryptographyFault) -> String? {
        guard isForClients else { return "its extended key usage does not say clientAuth" }
        let verdict = try CertificateHandle.verdict(on: der, through: intermediates.map(\.der), of: authorities.map(\.der), depth: depth, at: second)
        // Invariant: the text is static.
        return verdict == X509_V_OK ? nil : unsafe String(cString: X509_verify_cert_error_string(Int(verdict)))
    }

    package static func == (left: X509Certificate, right: X509Certificate) -> Bool {
        left.der == right.der
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(thumbprint)
    }
}

/// The one owner of an `X509` while it is being read.
@safe private struct CertificateHandle: ~Copyable {
    // Invariant: set in init, freed once in deinit, never handed out.
    private let pointer: OpaquePointer

    init(_ der: [UInt8]) throws(CryptographyFault) {
        // Invariant: `cursor` stays inside `der` for the call.
        let parsed: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            return unsafe d2i_X509(nil, &cursor, buffer.count)
        }
        guard let certificate = unsafe parsed else {
            throw OpenSSL.rejected(.malformed(what: "certificate", reason: "it is not DER of X.509"))
        }
        unsafe pointer = certificate
    }

    deinit {
        unsafe X509_free(pointer)
    }

    /// Encoded again it must give the same bytes: a thumbprint must not depend on a lax encoding or on trailing bytes.
    func requireEncoding(_ der: [UInt8]) throws(CryptographyFault) {
        let again = try unsafe derBytes("i2d_X509") { unsafe i2d_X509(pointer, $0) }
        guard again == der else { throw .malformed(what: "certificate", reason: "it is not canonical DER, or bytes follow it") }
    }

    /// Whether the extended key usage names the use, an XKU_ bit.
    func isFor(_ use: UInt32) -> Bool {
        // All bits stand for a certificate without the extension.
        let uses = unsafe X509_get_extended_key_usage(pointer)
        return uses != UInt32.max && uses & use != 0
    }

    var namesHost: Bool { unsafe concordat_names_a_host(pointer) == 1 }

    /// OpenSSL's verdict, X509_V_OK or an X509_V_ERR_.
    static func verdict(
        on leaf: [UInt8], through intermediates: [[UInt8]], of roots: [[UInt8]], depth: Int, at second: Int64
    ) throws(CryptographyFault) -> Int32 {
        let held = try CertificateHandles([leaf] + intermediates + roots)
        defer { withExtendedLifetime(held) {} }
        // Invariant: the handles live until the verdict is there; OpenSSL keeps none of them.
        let pointers = unsafe held.pointers
        let others = unsafe Array(pointers[1..<(1 + intermediates.count)])
        let trusted = unsafe Array(pointers[(1 + intermediates.count)...])
        let verdict = unsafe concordat_client_verdict(pointers[0], others, others.count, trusted, trusted.count, second, Int32(depth))
        ERR_clear_error()
        return verdict
    }

    var isAuthority: Bool { unsafe X509_check_ca(pointer) == 1 }

    func subjectPublicKey() throws(CryptographyFault) -> [UInt8] {
        try unsafe derBytes("i2d_X509_PUBKEY") { unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), $0) }
    }

    func time(_ field: String, _ get: (OpaquePointer) -> UnsafePointer<ASN1_TIME>?) throws(CryptographyFault) -> Int64 {
        // Invariant: the time belongs to the certificate and is read within this call.
        var parts = unsafe tm()
        guard let time = unsafe get(pointer), unsafe ASN1_TIME_to_tm(time, &parts) == 1 else {
            throw OpenSSL.rejected(.malformed(what: "certificate", reason: "its \(field) is not a time"))
        }
        let days = unsafe daysSince1970(year: Int64(parts.tm_year) + 1900, month: Int64(parts.tm_mon) + 1, day: Int64(parts.tm_mday))
        return unsafe ((days * 24 + Int64(parts.tm_hour)) * 60 + Int64(parts.tm_min)) * 60 + Int64(parts.tm_sec)
    }

    func subject() throws(CryptographyFault) -> String {
        // Invariant: the BIO is owned by this call; its bytes are copied before it is freed.
        guard let bio = unsafe BIO_new(BIO_s_mem()) else { throw OpenSSL.fault("BIO_new") }
        defer { unsafe BIO_free(bio) }
        guard unsafe concordat_name_print(bio, X509_get_subject_name(pointer)) >= 0 else { throw OpenSSL.fault("X509_NAME_print_ex") }
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe concordat_bio_contents(bio, &start)
        guard count > 0, let start = unsafe start else { return "" }
        let text = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return unsafe String(String(decoding: text, as: UTF8.self).prefix(512))
    }

    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
    private func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64 {
        // Counted in years that begin in March, so that the leap day is the last of its year.
        let marchYear = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        return marchYear * 365 + leapDays + (monthFromMarch * 153 + 2) / 5 + day - 1 - 719_468
    }
}

/// The owner of several, for one look at a chain.
@safe private final class CertificateHandles {
    // Invariant: filled in init, freed once in deinit; who uses them keeps this value alive.
    private(set) var pointers: [OpaquePointer?]

    init(_ ders: [[UInt8]]) throws(CryptographyFault) {
        unsafe pointers = []
        for der in ders {
            // Invariant: `cursor` stays inside `der` for the call.
            let parsed: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
                var cursor = buffer.baseAddress
                return unsafe d2i_X509(nil, &cursor, buffer.count)
            }
            guard let certificate = unsafe parsed else {
                throw OpenSSL.rejected(.malformed(what: "certificate", reason: "it is not DER of X.509"))
            }
            unsafe pointers.append(certificate)
        }
    }

    deinit {
        for index in unsafe pointers.indices { unsafe X509_free(pointers[index]) }
    }
}
