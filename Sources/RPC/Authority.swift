import HTTP2

/// Whether the requests of a connection are for the name that it was made for (RFC 9110 section 15.5.20): a connection that a client opened to one
/// name, by SNI, answers none for another.
struct Authority {
    /// The name of the handshake in lower case; nil where the client sent none, and then every name is as good as another.
    private let serverName: String?
    /// The authority that was found good last, to be compared byte for byte.
    private var good: [UInt8]?

    init(serverName: String?) {
        self.serverName = serverName?.lowercased()
    }

    mutating func isMisdirected(_ fields: HeaderFields) -> Bool {
        guard let serverName else { return false }
        if let good, fields.has(":authority", good) { return false }
        guard let text = fields.first(":authority") ?? fields.first("host") else { return true }
        var host = Authority.host(text).lowercased()
        // A name may end in a dot here; in SNI it never does (RFC 6066 section 3).
        if host.hasSuffix(".") { host.removeLast() }
        guard host == serverName else { return true }
        good = Array(text.utf8)
        return false
    }

    /// Without port; a numeric IPv6 address without its brackets (RFC 3986 section 3.2).
    static func host(_ authority: String) -> Substring {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return authority[authority.index(after: authority.startIndex)..<end] }
        return authority.prefix { $0 != ":" }
    }
}
