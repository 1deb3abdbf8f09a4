/// What a plain listener answers to one GET.
package struct PlainAnswer: Hashable, Sendable {
    package let status: Int
    package let contentType: String
    package let body: [UInt8]

    package init(status: Int, contentType: String = "text/plain; charset=utf-8", body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A short answer in words, with the end of its line.
    package static func text(_ status: Int, _ text: String) -> PlainAnswer {
        PlainAnswer(status: status, body: Array((text + "\n").utf8))
    }
}
