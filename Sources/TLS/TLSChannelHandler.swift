import NIOCore

/// Told to the rest of the pipeline once, when the handshake is done.
package struct TLSHandshakeCompleted: Sendable {
    package let peer: TLSPeer
}

/// Sent by the rest of the pipeline where nothing has come for a while: memory that is kept for the next bytes is given back.
package struct TLSConnectionRests: Sendable {
    package init() {}
}

/// TLS between the socket and the rest of a pipeline.
///
/// Writes are held until the handshake is done. All writes between two flushes become one write to the socket. A failed handshake sends its
/// alert, fires `TLSError` and closes.
package final class TLSChannelHandler: ChannelDuplexHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    private enum Phase { case handshaking, open, closed }

    private let session: TLSSession
    private let limits: TLSLimits
    private var phase = Phase.handshaking
    private var held: [(ByteBuffer, EventLoopPromise<Void>?)] = []
    private var heldBytes = 0
    private var plaintext = ByteBuffer()
    private var deadline: Scheduled<Void>?

    /// For a connection that a server accepted.
    package init(server context: TLSServerContext) throws(TLSError) {
        session = try TLSSession(context)
        limits = context.configuration.limits
    }

    /// For a connection that a client opens to `serverName`.
    package init(client context: TLSClientContext, serverName: String) throws(TLSError) {
        session = try TLSSession(context, serverName: serverName)
        limits = context.configuration.limits
    }

    package func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .milliseconds(limits.handshakeMilliseconds)) {
            let (handler, context) = bound.value
            handler.fail(.handshakeTimedOut, context)
        }
        if context.channel.isActive { advance(context) }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
    }

    package func channelActive(context: ChannelHandlerContext) {
        advance(context)
        context.fireChannelActive()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase != .closed else { return }
        session.feed(unwrapInboundIn(data))
        if phase == .handshaking { advance(context) }
        guard phase == .open else { return }
        deliver(context)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        switch phase {
        case .closed: promise?.fail(ChannelError.ioOnClosedChannel)
        case .handshaking:
            heldBytes += bytes.readableBytes
            held.append((bytes, promise))
            if heldBytes > limits.maxHeldBytes { fail(.tooMuchBeforeHandshake, context) }
        case .open: encrypt(bytes, promise, context)
        }
    }

    package func flush(context: ChannelHandlerContext) {
        send(context)
    }

    package func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is TLSConnectionRests else { return context.triggerUserOutboundEvent(event, promise: promise) }
        if phase == .open {
            session.releaseBuffers()
            plaintext = ByteBuffer()
        }
        promise?.succeed()
    }

    package func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if phase == .open {
            session.closeNotify()
            send(context)
        }
        end()
        context.close(mode: .all, promise: promise)
    }

    // MARK: Steps

    private func advance(_ context: ChannelHandlerContext) {
        guard phase == .handshaking else { return }
        do throws(TLSError) {
            try session.handshake()
        } catch {
            fail(error, context)
            return
        }
        send(context)
        // Sending may have found the connection dead.
        guard phase == .handshaking, session.progress == .established else { return }
        phase = .open
        deadline?.cancel()
        deadline = nil
        context.fireUserInboundEventTriggered(TLSHandshakeCompleted(peer: session.peer()))
        releaseHeld(context)
    }

    private func releaseHeld(_ context: ChannelHandlerContext) {
        guard phase == .open, !held.isEmpty else { return }
        let writes = held
        held = []
        heldBytes = 0
        for (bytes, promise) in writes { encrypt(bytes, promise, context) }
        send(context)
    }

    private func deliver(_ context: ChannelHandlerContext) {
        var failure: TLSError? = nil
        do throws(TLSError) {
            try session.read(into: &plaintext)
        } catch {
            failure = error
        }
        if plaintext.readableBytes > 0 {
            // The next handler uses the bytes before it returns, so that the storage can be used again.
            context.fireChannelRead(wrapInboundOut(plaintext))
            if plaintext.capacity > 256 * 1024 { plaintext = ByteBuffer() } else { plaintext.clear() }
        }
        if let failure {
            fail(failure, context)
        } else if session.progress == .closed, phase == .open {
            close(context: context, mode: .all, promise: nil)
        }
    }

    private func encrypt(_ bytes: ByteBuffer, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        do throws(TLSError) {
            try session.write(bytes)
            promise?.succeed()
        } catch {
            promise?.fail(error)
            fail(error, context)
        }
    }

    private func send(_ context: ChannelHandlerContext) {
        if let bytes = session.takeCiphertext(context.channel.allocator) {
            context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        }
    }

    private func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
        guard phase != .closed else { return }
        send(context)
        end()
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    private func end() {
        phase = .closed
        deadline?.cancel()
        deadline = nil
        let writes = held
        held = []
        for (_, promise) in writes { promise?.fail(ChannelError.ioOnClosedChannel) }
    }
}
