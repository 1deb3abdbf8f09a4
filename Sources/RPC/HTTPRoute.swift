import HTTP2

/// A plain HTTP request on the same listener as gRPC.
package struct HTTPRequest: Sendable {
    package enum Method: Sendable { case get, head }
    package let method: Method
    /// Without the query, as sent: not percent-decoded.
    package let path: String
    /// What follows the first question mark, as sent.
    package let query: String?
    package let headers: HeaderFields
    package let peer: RPCPeer
}

package struct HTTPResponse: Sendable {
    package var status: Int
    /// Lower-case names; `content-length` is added by the server.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A short answer in words.
    package static func text(_ status: Int, _ text: String) -> HTTPResponse {
        HTTPResponse(status: status, headers: [("content-type", "text/plain; charset=utf-8")], body: Array((text + "\n").utf8))
    }
}

/// What answers GET and HEAD for one path, or for all paths that begin with it.
package struct HTTPRoute: Sendable {
    enum Match: Sendable {
        case exact(String)
        case prefix(String)
    }

    let match: Match
    let answer: @Sendable (HTTPRequest) async -> HTTPResponse

    /// Answers exactly `path`.
    package init(path: String, _ answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse) {
        match = .exact(path)
        self.answer = answer
    }

    /// Answers all paths that begin with `prefix`, such as `/ledger/`.
    package init(prefix: String, _ answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse) {
        match = .prefix(prefix)
        self.answer = answer
    }

    func matches(_ path: String) -> Bool {
        switch match {
        case .exact(let exact): path == exact
        case .prefix(let prefix): path.hasPrefix(prefix)
        }
    }
}
