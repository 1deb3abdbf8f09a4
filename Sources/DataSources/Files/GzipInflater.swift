import CZlib

/// Unpacks the gzip format (RFC 1952), member after member, with bounds on how far it may grow. zlib checks each member's CRC and length.
@safe final class GzipInflater {
    // Invariant: allocated and initialised in init, freed once in deinit; never moved, because zlib's state points back at it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let limits: SourceLimits
    private var consumed: UInt64 = 0
    private var produced: UInt64 = 0
    /// Whether the input so far ends with a whole member.
    private(set) var isAtMemberEnd = false
    private var output = [UInt8](repeating: 0, count: 256 << 10)

    init(limits: SourceLimits) throws(SourceFault) {
        self.limits = limits
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe concordat_inflate_start(stream) == Z_OK else { throw .compressed("zlib has no memory to start with") }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
    }

    /// Unpacks `input`, appending to `bytes`.
    func inflate(_ input: [UInt8], to bytes: inout [UInt8]) throws(SourceFault) {
        consumed += UInt64(input.count)
        let result: Result<Void, SourceFault> = unsafe input.withUnsafeBufferPointer { buffer in
            // Invariant: zlib reads from `buffer` inside this closure only; it does not write to it, whatever its header's types say.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: buffer.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(buffer.count)
            defer {
                unsafe stream.pointee.next_in = nil
                unsafe stream.pointee.avail_in = 0
            }
            do throws(SourceFault) {
                while unsafe stream.pointee.avail_in > 0 { try step(into: &bytes) }
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func step(into bytes: inout [UInt8]) throws(SourceFault) {
        if isAtMemberEnd {
            // Another member follows (RFC 1952, section 2.2).
            guard unsafe inflateReset(stream) == Z_OK else { throw .compressed("zlib cannot start the next part") }
            isAtMemberEnd = false
        }
        repeat {
            let (code, count) = run()
            produced += UInt64(count)
            guard produced <= limits.maxInflatedBytes, produced <= 1 << 20 || produced / limits.maxInflationRatio <= consumed else {
                throw .compressed("it grows past \(limits.maxInflationRatio) times its size or \(limits.maxInflatedBytes) bytes; unpack and check it first")
            }
            bytes.append(contentsOf: output[..<count])
            switch code {
            case Z_STREAM_END:
                isAtMemberEnd = true
                return
            case Z_OK: continue
            case Z_BUF_ERROR: return
            default: throw .compressed("it is damaged or not gzip; get it again")
            }
        } while unsafe stream.pointee.avail_out == 0
    }

    /// One call of zlib into `output`: its result and how much it wrote.
    private func run() -> (code: Int32, count: Int) {
        // Invariant: zlib writes at most `avail_out` bytes into `output` inside this closure.
        unsafe output.withUnsafeMutableBufferPointer { buffer in
            unsafe stream.pointee.next_out = buffer.baseAddress
            unsafe stream.pointee.avail_out = UInt32(buffer.count)
            let code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
            return (code, unsafe buffer.count - Int(stream.pointee.avail_out))
        }
    }
}

/// Packs bytes into one gzip member without name or time, so that the same content gives the same file.
@safe final class GzipDeflater {
    // Invariant: allocated and initialised in init, freed once in deinit; never moved, because zlib's state points back at it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 256 << 10)

    init() throws(SourceFault) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe concordat_deflate_start(stream, 6) == Z_OK else { throw .compressed("zlib has no memory to start with") }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
    }

    /// Packs `input`; with `isLast` the member is complete.
    func deflate(_ input: [UInt8], isLast: Bool) -> [UInt8] {
        var packed: [UInt8] = []
        unsafe input.withUnsafeBufferPointer { buffer in
            // Invariant: zlib reads from `buffer` inside this closure only; it does not write to it, whatever its header's types say.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: buffer.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(buffer.count)
            repeat {
                let count = unsafe output.withUnsafeMutableBufferPointer { room in
                    unsafe stream.pointee.next_out = room.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(room.count)
                    let code = unsafe CZlib.deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
                    precondition(code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR, "deflate fails only when it is misused")
                    return unsafe room.count - Int(stream.pointee.avail_out)
                }
                packed.append(contentsOf: output[..<count])
            } while unsafe stream.pointee.avail_out == 0
            unsafe stream.pointee.next_in = nil
        }
        return packed
    }
}
