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
    /// Whether its extended key usage has clientAuth (RFC 5280 section 4.2.1.12): a server takes no other from a client.
    package let isForClients: Bool
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
        isForClients = certificate.isForClients
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

    var isAuthority: Bool { unsafe X509_check_ca(pointer) == 1 }

    var isForClients: Bool {
        // All bits are set where the extension is absent.
        let usage = unsafe X509_get_extended_key_usage(pointer)
        return usage != UInt32.max && usage & UInt32(XKU_SSL_CLIENT) != 0
    }

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
