/// Bounds of an RPC server.
package struct RPCLimits: Sendable {
    /// Longest request message, in bytes.
    package var maxMessageBytes = 4 * 1024 * 1024
    /// Bytes of unfinished messages that one connection may hold.
    package var maxAssemblingBytes = 16 * 1024 * 1024
    /// Bytes of requests that all connections of the server hold together: received and not yet read, of unfinished messages, and with handlers
    /// that have not returned. Beyond them a call that brings more ends with RESOURCE_EXHAUSTED.
    package var maxRequestBytes = 256 * 1024 * 1024
    /// The same for all connections of one peer: of one certificate, or, without one, of one network.
    package var maxRequestBytesPerPeer = 16 * 1024 * 1024
    /// The same for all connections of all certificates together that `RPCServerConfiguration.isKnown` does not know: they cannot use up what
    /// others need.
    package var maxRequestBytesOfStrangers = 16 * 1024 * 1024
    /// Bytes of requests that one connection may hold without being counted there; beyond them it is charged in steps of this size.
    package var uncountedRequestBytes = 16 * 1024
    /// Bytes of answers that wait for their peers to take them, of all connections of the server together. Where more than half of a bound on
    /// such bytes is used, no new call is begun: it ends with RESOURCE_EXHAUSTED. The bound of all stops only connections that have more than
    /// `uncountedUnsentBytes` waiting themselves. An answer that would pass a bound is dropped, and its call ends with RESOURCE_EXHAUSTED although
    /// it was answered: a client that asks for more at once than it takes should send request ids, so as to ask again for what it missed.
    package var maxUnsentBytes = 256 * 1024 * 1024
    /// The same for all connections of one peer, and for one connection.
    package var maxUnsentBytesPerPeer = 32 * 1024 * 1024
    package var maxUnsentBytesPerConnection = 32 * 1024 * 1024
    /// Bytes of answers that may wait on one connection without being counted for its peer; beyond them it is charged in steps of this size.
    package var uncountedUnsentBytes = 64 * 1024
    /// Open connections of the whole server, and of one remote address.
    package var maxConnections = 4_096
    package var maxConnectionsPerAddress = 1_024
    /// Handshakes that one remote address (of IPv6: its first 64 bits) may begin at once, and each second after that.
    /// `.max` for the first means no bound.
    package var handshakeBurst = 1_000
    package var handshakesPerSecond = 200
    /// Addresses whose handshakes are remembered; beyond them all begin again with a full burst.
    package var maxHandshakeAddresses = 8_192
    /// Handlers running for one connection, those whose call has been cancelled included.
    package var maxRunningHandlers = 256
    /// The same for all connections of one peer.
    package var maxRunningHandlersPerPeer = 512
    /// Watches of the health service at once; and those of one certificate, or, without one, of one address, so that nobody takes them all.
    static let maxHealthWatches = 1_024
    static let maxHealthWatchesPerPeer = 16
    /// Longest request of health and reflection, whose names are short.
    static let maxToolRequestBytes = 4_096
    /// Longest time that a call may take when the caller names none, and when it names more, in nanoseconds. Nil means no bound.
    /// Methods that bound themselves are made so (`RPCMethod.boundsItself`).
    package var maxCallNanoseconds: UInt64? = nil
    /// Longest pause within an unfinished request message.
    package var messageProgressNanoseconds: UInt64 = 10_000_000_000
    /// Longest time from the first to the last byte of one request message.
    package var messageNanoseconds: UInt64 = 60_000_000_000
    /// Longest path with query of a plain HTTP request, in bytes.
    package var maxPathBytes = 4_096

    package init() {}
}
