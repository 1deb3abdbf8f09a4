import NIOCore
import NIOHTTP1

/// Answers the first request of a connection and closes it. A request body is read past and ignored.
final class PlainChannelHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let answer: @Sendable (String) async -> PlainAnswer
    private let maxTime: TimeAmount
    private let running: RunningAnswers
    private var head: HTTPRequestHead?
    private var isAnswered = false
    private var end: Scheduled<Void>?

    init(maxTime: TimeAmount, running: RunningAnswers, _ answer: @escaping @Sendable (String) async -> PlainAnswer) {
        self.maxTime = maxTime
        self.running = running
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        end = context.eventLoop.scheduleTask(in: maxTime) { channel.close(promise: nil) }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        end?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = self.head ?? head
        case .body: break
        case .end:
            guard let head, !isAnswered else { return }
            isAnswered = true
            reply(to: head, on: context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Not HTTP, or a peer that has gone: there is nobody to answer.
        context.close(promise: nil)
    }

    private func reply(to head: HTTPRequestHead, on channel: any Channel) {
        guard head.method == .GET || head.method == .HEAD else {
            return PlainChannelHandler.send(.text(405, "Only GET and HEAD are answered here."), on: channel, withBody: true)
        }
        let path = String(head.uri.prefix { $0 != "?" })
        let withBody = head.method == .GET
        let answer = answer
        let running = running
        guard running.begin() else {
            return PlainChannelHandler.send(.text(503, "Too many answers are being made. Ask again later."), on: channel, withBody: withBody)
        }
        // It runs to its end also where the peer has gone.
        channel.eventLoop.makeFutureWithTask {
            defer { running.end() }
            return await answer(path)
        }
            .whenSuccess { PlainChannelHandler.send($0, on: channel, withBody: withBody) }
    }

    private static func send(_ answer: PlainAnswer, on channel: any Channel, withBody: Bool) {
        var headers: HTTPHeaders = [
            "content-type": answer.contentType, "content-length": String(answer.body.count), "cache-control": "no-store", "connection": "close",
        ]
        // RFC 9110 section 15.5.6.
        if answer.status == 405 { headers.add(name: "allow", value: "GET, HEAD") }
        let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if withBody {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(channel.allocator.buffer(bytes: answer.body))), promise: nil)
        }
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in channel.close(promise: nil) }
    }
}
