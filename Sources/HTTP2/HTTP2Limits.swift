/// Bounds of one HTTP/2 connection.
package struct HTTP2Limits: Sendable {
    /// Streams that the peer may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS).
    package var maxConcurrentStreams: UInt32 = 128
    /// Size of one header list as RFC 9113 section 6.5.2 counts it: names, values and 32 bytes for each field.
    package var maxHeaderListBytes = 16 * 1024
    /// Entries in one SETTINGS frame.
    package var maxSettings = 32
    /// Answers to PING and SETTINGS that may wait to be sent.
    package var maxQueuedAcknowledgements = 100
    /// Frames of ours that may wait to be sent while more is read: a peer that does not take them makes no more of them.
    package var maxQueuedFrames = 1_000
    /// RST_STREAM frames taken at once, and each second after that (CVE-2023-44487).
    package var resetBurst: UInt64 = 200
    package var resetsPerSecond: UInt64 = 20
    /// CONTINUATION frames for one header block (CVE-2024-28182).
    package var maxContinuations = 8
    /// RST_STREAM frames that the peer may provoke us to send within `sentResetWindowNanoseconds` (CVE-2025-8671).
    package var maxSentResets = 100
    package var sentResetWindowNanoseconds: UInt64 = 30_000_000_000
    /// Frames that carry no work (PING, SETTINGS, PRIORITY, WINDOW_UPDATE, unknown, empty DATA, all of closed streams) taken at once, and each second after that.
    package var idleFrameBurst = 2_000
    package var idleFramesPerSecond = 1_000
    /// Bytes of one stream that the peer may send before we have used them (SETTINGS_INITIAL_WINDOW_SIZE).
    package var streamWindowBytes: UInt32 = 256 * 1024
    /// The same for all streams of the connection together.
    package var connectionWindowBytes: Int32 = 1024 * 1024
    /// Bytes taken from the session in one go, before other connections get their turn.
    package var maxBytesPerFlush = 256 * 1024
    /// Bytes of one stream that may wait to be sent before its writer has to wait, and the level at which the writer goes on.
    package var outgoingHighWaterBytes = 128 * 1024
    package var outgoingLowWaterBytes = 32 * 1024
    /// From the connection's start to the peer's SETTINGS.
    package var prefaceNanoseconds: UInt64 = 2_000_000_000
    /// From the first to the last frame of a header block.
    package var headersNanoseconds: UInt64 = 5_000_000_000
    /// Without any open stream, until what is kept for the next one is given back.
    package var restNanoseconds: UInt64 = 2_000_000_000
    /// Without any open stream.
    package var idleNanoseconds: UInt64 = 300_000_000_000
    /// Without any byte from the peer until a PING asks whether it is there, and from there to its answer.
    package var keepaliveNanoseconds: UInt64 = 60_000_000_000
    package var keepaliveAnswerNanoseconds: UInt64 = 20_000_000_000
    /// With bytes waiting to be sent on a stream, until the peer has taken all of them or `outgoingProgressBytes`: who takes a byte at a time
    /// holds the rest for ever.
    package var outgoingProgressBytes = 4_096
    package var outgoingStallNanoseconds: UInt64 = 30_000_000_000

    /// Closed streams of one connection that are kept for requests to come, with what answered them.
    package var maxKeptStreams = 32
    /// Room that a kept stream, or a session, keeps of a list that is empty: of the bytes received, of the pieces to be sent, of the bytes and the number
    /// of header fields, and of the streams with news. More is given back.
    static let keptReceivedBytes = 1_024
    static let keptChunks = 16
    static let keptFieldBytes = 4_096
    static let keptFields = 32
    static let keptNews = 512

    package init() {}
}
