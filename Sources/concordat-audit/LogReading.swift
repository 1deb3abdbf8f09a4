/// Where the resources of a log come from.
protocol LogReading {
    /// The bytes under a path such as `tile/0/000`; nil when there is nothing. At most `limit` bytes are read.
    func read(_ path: String, limit: Int) throws(AuditFailure) -> [UInt8]?
}
