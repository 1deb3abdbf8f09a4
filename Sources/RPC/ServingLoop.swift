import NIOCore

/// What the connections of one event loop share: the executor, the list of those with something to flush, the clock tick.
///
/// Safety: everything but the two constants is touched on `eventLoop` only.
final class ServingLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    let executor: LoopExecutor
    private var connections: [ServerConnection] = []
    private var dirty: [ServerConnection] = []
    private var tick: RepeatedTask?
    @safe @exclusivity(unchecked) private var nextCallID: UInt64
    private(set) var isDraining = false

    init(_ eventLoop: any EventLoop, firstCallID: UInt64) {
        self.eventLoop = eventLoop
        executor = LoopExecutor(eventLoop)
        nextCallID = firstCallID
    }

    func start() {
        eventLoop.assertInEventLoop()
        executor.onBatch { [unowned self] in self.flushDirty() }
        tick = eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { [weak self] _ in self?.onTick() }
    }

    func callID() -> UInt64 {
        nextCallID &+= 1
        return nextCallID
    }

    func add(_ connection: ServerConnection) {
        connection.slot = connections.count
        connections.append(connection)
    }

    func remove(_ connection: ServerConnection) {
        guard connection.slot >= 0 else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.slot] = last
            last.slot = connection.slot
        }
        connection.slot = -1
    }

    /// Remembers that `connection` has something to send once the current batch is over.
    func markDirty(_ connection: ServerConnection) {
        guard !connection.isDirty else { return }
        connection.isDirty = true
        dirty.append(connection)
    }

    func flushDirty() {
        eventLoop.assertInEventLoop()
        while !dirty.isEmpty {
            let batch = dirty
            dirty = []
            for connection in batch {
                connection.isDirty = false
                connection.flush()
            }
        }
    }

    func beginDrain() {
        isDraining = true
        for connection in connections { connection.announceDrain() }
        // Requests that crossed the announcement on the wire are still taken (RFC 9113 section 6.8).
        eventLoop.scheduleTask(in: .milliseconds(150)) {
            for connection in self.connections { connection.finishDrain() }
        }
    }

    func end() {
        tick?.cancel()
        tick = nil
        for connection in connections { connection.closeNow() }
    }

    private func onTick() {
        let now = NIODeadline.now().uptimeNanoseconds
        for connection in connections { connection.tick(now) }
        flushDirty()
    }
}
