import COpenSSL

extension ContextHandle {
    /// Installs the leaf, its intermediates and the private key, and checks that they belong together.
    func install(chain: PEMSource, key: PEMSource) throws(TLSError) {
        let certificates = try CertificateList(chain, part: "certificate chain")
        OpenSSLErrors.clear()
        // OpenSSL takes references of its own to certificates and key; `certificates` frees ours.
        guard unsafe SSL_CTX_use_certificate(context, certificates.pointers[0]) == 1 else {
            throw .refusedSetting(setting: "certificate: \(OpenSSLErrors.drain())")
        }
        for index in unsafe certificates.pointers.indices.dropFirst() {
            let certificate = unsafe certificates.pointers[index]
            unsafe X509_up_ref(certificate)
            // On success the context owns the reference just added.
            guard unsafe SSL_CTX_ctrl(context, SSL_CTRL_EXTRA_CHAIN_CERT, 0, UnsafeMutableRawPointer(certificate)) == 1 else {
                unsafe X509_free(certificate)
                throw .refusedSetting(setting: "intermediate certificate: \(OpenSSLErrors.drain())")
            }
        }
        try installKey(key, of: chain)
    }

    private func installKey(_ source: PEMSource, of chain: PEMSource) throws(TLSError) {
        let pem = try source.load()
        // The key is freed after the context has taken its reference.
        let read = unsafe withBIO(over: pem) { bio in unsafe PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in -1 }, nil) }
        guard let key = unsafe read ?? nil else {
            OpenSSLErrors.clear()
            throw .badPEM(part: "private key", source: source.description)
        }
        defer { unsafe EVP_PKEY_free(key) }
        guard unsafe SSL_CTX_use_PrivateKey(context, key) == 1, unsafe SSL_CTX_check_private_key(context) == 1 else {
            OpenSSLErrors.clear()
            throw .keyDoesNotMatchCertificate(key: source.description, certificate: chain.description)
        }
    }

    /// Trusts the certificates of `source`. With `announce` their names are also sent to clients, so that these can choose.
    func trust(_ source: PEMSource, announce: Bool) throws(TLSError) {
        let roots = try CertificateList(source, part: "trusted roots")
        // The store belongs to the context and takes references of its own.
        guard let store = unsafe SSL_CTX_get_cert_store(context) else { throw .refusedSetting(setting: "trust store") }
        for index in unsafe roots.pointers.indices {
            guard unsafe X509_STORE_add_cert(store, roots.pointers[index]) == 1 else {
                throw .refusedSetting(setting: "trusted root: \(OpenSSLErrors.drain())")
            }
            guard !announce || (unsafe SSL_CTX_add_client_CA(context, roots.pointers[index])) == 1 else {
                throw .refusedSetting(setting: "name of a trusted root: \(OpenSSLErrors.drain())")
            }
        }
    }

    /// Demands a verified peer certificate that is marked for the other side's role.
    func verifyPeers(asClients: Bool) throws(TLSError) {
        let mode = asClients ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER
        // The callbacks are functions without state.
        unsafe SSL_CTX_set_verify(context, mode, asClients ? requireClientPurpose : requireServerPurpose)
        guard unsafe SSL_CTX_set_purpose(context, asClients ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER) == 1 else {
            throw .refusedSetting(setting: "certificate purpose")
        }
    }
}

// OpenSSL accepts a leaf without an extended key usage for any purpose; these two refuse it (RFC 5280 section 4.2.1.12).
private let requireClientPurpose: SSL_verify_cb = { accepted, chain in unsafe requirePurpose(accepted, chain, UInt32(XKU_SSL_CLIENT)) }
private let requireServerPurpose: SSL_verify_cb = { accepted, chain in unsafe requirePurpose(accepted, chain, UInt32(XKU_SSL_SERVER)) }

private func requirePurpose(_ accepted: Int32, _ chain: OpaquePointer?, _ wanted: UInt32) -> Int32 {
    // `chain` is OpenSSL's own store context, valid during the call; the certificate is borrowed from it.
    guard accepted == 1, let chain = unsafe chain else { return accepted }
    guard unsafe X509_STORE_CTX_get_error_depth(chain) == 0 else { return 1 }
    guard let leaf = unsafe X509_STORE_CTX_get_current_cert(chain) else { return 0 }
    let usage = unsafe X509_get_extended_key_usage(leaf)
    if usage != UInt32.max, usage & wanted != 0 { return 1 }
    unsafe X509_STORE_CTX_set_error(chain, X509_V_ERR_INVALID_PURPOSE)
    return 0
}

/// Calls `body` with a BIO that reads from `bytes`, and is gone when it returns: a BIO points into them and keeps none. Nil where there is no memory.
private func withBIO<Result>(over bytes: [UInt8], _ body: (OpaquePointer) -> Result) -> Result? {
    unsafe bytes.withUnsafeBytes { region in
        // The region is valid during the call.
        guard let bio = unsafe BIO_new_mem_buf(region.baseAddress, Int32(clamping: region.count)) else { return nil }
        defer { unsafe BIO_free(bio) }
        return unsafe body(bio)
    }
}

/// Certificates parsed from PEM. Owns one reference to each, given back in `deinit`.
@safe private final class CertificateList {
    let pointers: [OpaquePointer]
    static let maxCount = 256

    init(_ source: PEMSource, part: String) throws(TLSError) {
        let pem = try source.load()
        OpenSSLErrors.clear()
        // Each pointer in the list carries one reference, given back in `deinit`.
        let found = unsafe withBIO(over: pem) { bio in
            var found: [OpaquePointer] = unsafe []
            while unsafe found.count < Self.maxCount, let certificate = unsafe PEM_read_bio_X509(bio, nil, { _, _, _, _ in -1 }, nil) {
                unsafe found.append(certificate)
            }
            return unsafe found
        }
        OpenSSLErrors.clear()
        unsafe pointers = found ?? []
        // One that cannot be read ends the reading: what stands behind it must not be left out without a word.
        guard unsafe !pointers.isEmpty, unsafe pointers.count == Self.blocks(in: pem) else { throw .badPEM(part: part, source: source.description) }
    }

    /// How many certificates a PEM text says that it has (RFC 7468 section 5), by the two labels that are read.
    private static func blocks(in pem: [UInt8]) -> Int {
        let parts = String(decoding: pem, as: UTF8.self).split(separator: "-----BEGIN ", omittingEmptySubsequences: false).dropFirst()
        return parts.count { part in ["CERTIFICATE-----", "X509 CERTIFICATE-----"].contains { part.hasPrefix($0) } }
    }

    deinit {
        // The last use of the references taken in `init`; nothing else holds this object any more.
        for index in unsafe pointers.indices { unsafe X509_free(pointers[index]) }
    }
}
