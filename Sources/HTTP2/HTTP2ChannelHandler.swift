import NIOCore

/// What runs on top of a connection's streams. All calls come on the connection's event loop.
package protocol HTTP2Application: AnyObject {
    /// The handler is in a pipeline and its session is ready.
    func connected(_ connection: HTTP2ChannelHandler)
    /// An event that another handler of the pipeline fired.
    func pipelineEvent(_ event: Any)
    /// Streams with news. Answers are collected and sent together when the event is over.
    func process(_ streams: [HTTP2Stream])
    /// The connection is gone. The streams' `closed` news have been processed before.
    func disconnected(_ error: (any Error)?)
}

/// Connects a session to a channel: one pass over the session, one write and one flush for each event.
package final class HTTP2ChannelHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package let session: HTTP2Session
    private let application: any HTTP2Application
    private let startedAt: UInt64
    private var context: ChannelHandlerContext?
    private var outgoing = ByteBuffer()
    /// Why the connection ends, from the moment at which this is known: calls hear of the end before `disconnected` does.
    package private(set) var failure: (any Error)?
    private var isFlushing = false
    private var isReading = false
    private var isDone = false
    /// What is kept for the next request has been given back.
    private var isAtRest = false
    private var idleSince: UInt64
    /// Since when the channel takes nothing; nil while it does.
    private var unwritableSince: UInt64?

    package init(_ role: HTTP2Session.Role, limits: HTTP2Limits, application: any HTTP2Application) throws(HTTP2Error) {
        let now = NIODeadline.now().uptimeNanoseconds
        session = try HTTP2Session(role, limits: limits, now: now)
        self.application = application
        startedAt = now
        idleSince = now
    }

    /// Nil once the handler has left its pipeline.
    package var channel: (any Channel)? { context?.channel }

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        application.connected(self)
        if context.channel.isActive { flushOutput() }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    package func channelActive(context: ChannelHandlerContext) {
        // SETTINGS; TLS holds them until its handshake is done.
        flushOutput()
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        application.pipelineEvent(event)
        context.fireUserInboundEventTriggered(event)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        isReading = true
        isAtRest = false
        let bytes = unwrapInboundIn(data)
        do throws(HTTP2Error) {
            try session.receive(bytes.readableBytesSpan, now: NIODeadline.now().uptimeNanoseconds)
        } catch {
            fail(error)
            return
        }
        deliver()
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        flushOutput()
        context.fireChannelReadComplete()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        unwritableSince = isWritable ? nil : NIODeadline.now().uptimeNanoseconds
        // A peer that does not read is not read from: what it could still ask for would only wait here.
        do {
            try context.channel.syncOptions?.setOption(.autoRead, value: isWritable)
        } catch {
            fail(error)
        }
        if isWritable { flushOutput() }
        context.fireChannelWritabilityChanged()
    }

    /// Sends everything the session has to say, as far as the channel takes it.
    package func flushOutput() {
        guard let context, !isFlushing, !isDone else { return }
        isFlushing = true
        defer { isFlushing = false }
        var budget = session.limits.maxBytesPerFlush
        var hasMore = true
        while hasMore, budget > 0, !isDone, context.channel.isWritable {
            while hasMore, budget > 0, !isDone, context.channel.isWritable {
                hasMore = pullOnce(context, &budget)
            }
            // May end the connection (`isDone`) or make room for more.
            context.flush()
        }
        // What was sent took memory again.
        if budget < session.limits.maxBytesPerFlush { isAtRest = false }
        guard !isDone else { return }
        deliver()
        if session.isFinished {
            context.close(promise: nil)
        } else if hasMore, budget <= 0 {
            yieldTurn(context)
        }
    }

    /// One buffer from the session to the channel. True when there may be more.
    private func pullOnce(_ context: ChannelHandlerContext, _ budget: inout Int) -> Bool {
        var hasMore = false
        do throws(HTTP2Error) {
            hasMore = try session.pull(into: &outgoing, maxBytes: min(budget, 64 * 1024), now: NIODeadline.now().uptimeNanoseconds)
        } catch {
            outgoing.clear()
            fail(error)
            return false
        }
        guard outgoing.readableBytes > 0 else { return false }
        budget -= outgoing.readableBytes
        context.write(wrapOutboundOut(outgoing), promise: nil)
        outgoing.clear()
        // Writers that waited for room may add to this flush.
        return deliver() || hasMore
    }

    /// Deadlines; to be called about once a second.
    package func tick(_ now: UInt64) {
        guard !isDone else { return }
        let limits = session.limits
        if !session.streams.isEmpty { idleSince = now }
        for stream in session.streams where stream.outgoingBytes > 0 && stream.sentAt == .max { stream.sentAt = now }
        if !session.hasPeerSettings, elapsed(startedAt, now) > limits.prefaceNanoseconds + 5_000_000_000 {
            fail(HTTP2Error.tooSlow(what: "connection preface"))
        } else if let since = session.headersSince, elapsed(since, now) > limits.headersNanoseconds {
            fail(HTTP2Error.tooSlow(what: "header block"))
        } else if let asked = session.pingSent, elapsed(asked, now) > limits.keepaliveAnswerNanoseconds {
            fail(HTTP2Error.tooSlow(what: "answer to a ping"))
        } else if let since = unwritableSince, elapsed(since, now) > limits.outgoingStallNanoseconds {
            fail(HTTP2Error.tooSlow(what: "reading our answers"))
        } else if elapsed(idleSince, now) > limits.idleNanoseconds {
            session.terminate(0)
            flushOutput()
        } else if session.pingSent == nil, elapsed(session.lastReceived, now) > limits.keepaliveNanoseconds {
            session.ping(now: now)
            flushOutput()
        } else if session.streams.contains(where: { $0.outgoingBytes > 0 && elapsed($0.sentAt, now) > limits.outgoingStallNanoseconds }) {
            fail(HTTP2Error.tooSlow(what: "reading our answer"))
        }
    }

    /// Gives back the memory that is kept for the next request where none has come for a while. True where it did, so that others may do the same.
    package func restIfIdle(_ now: UInt64) -> Bool {
        // What open streams, such as a watch, hold stays theirs.
        guard !isDone, !isAtRest, session.queuedBytes == 0, elapsed(session.lastReceived, now) > session.limits.restNanoseconds else { return false }
        isAtRest = true
        session.rest()
        outgoing = ByteBuffer()
        return true
    }

    /// Ends the connection at once. `error` is told to the application.
    package func fail(_ error: any Error) {
        guard !isDone, let context else { return }
        if failure == nil { failure = error }
        context.close(promise: nil)
    }

    private func elapsed(_ since: UInt64, _ now: UInt64) -> UInt64 {
        now > since ? now - since : 0
    }

    /// True when there was news.
    @discardableResult
    private func deliver() -> Bool {
        guard session.hasTouched else { return false }
        while session.hasTouched {
            let streams = session.takeTouched()
            application.process(streams)
            session.recycle(consume streams)
        }
        return true
    }

    private func yieldTurn(_ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { bound.value.flushOutput() }
    }

    private func end() {
        guard !isDone else { return }
        isDone = true
        session.close()
        deliver()
        application.disconnected(failure)
        context = nil
    }
}
