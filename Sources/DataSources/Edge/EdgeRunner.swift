/// Where steps 6 and 7 are done. The exchange asks one of these and knows no more of it: the broker's composition root says which.
///
/// Whoever runs `Edge.release` elsewhere hands over the request and the terms, the keys that are needed among them, and says which file of
/// which folder, and makes an `EdgeRelease` of what was answered, which examines it, or throws, and then nothing is released. It should end an edge
/// whose answer was refused.
package struct EdgeRunner: Sendable {
    /// Called on a source reader's thread, which may block, with that reader's open sources. A runner that reads elsewhere leaves them alone.
    package let release: @Sendable (EdgeRequest, EdgeTerms, SourceSession) throws(EdgeFault) -> EdgeRelease

    package init(_ release: @escaping @Sendable (EdgeRequest, EdgeTerms, SourceSession) throws(EdgeFault) -> EdgeRelease) {
        self.release = release
    }

    /// In this process, with the reader's own open sources.
    package static let inProcess = EdgeRunner { request, terms, session throws(EdgeFault) in
        try Edge(session: session).release(request, under: terms)
    }
}
