// zlib's own header, and the start-up call that it has as a macro only.
#pragma once
#include <zlib.h>

// Prepares to inflate one gzip member at a time; windowBits 15 + 16 admits the gzip format alone.
static inline int concordat_inflate_start(z_streamp stream) {
    return inflateInit2(stream, 15 + 16);
}

static inline int concordat_deflate_start(z_streamp stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
