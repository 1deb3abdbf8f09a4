// nghttp2 1.52 as Debian 12 ships it.
#ifndef CONCORDAT_CNGHTTP2_SHIM_H
#define CONCORDAT_CNGHTTP2_SHIM_H

#include <nghttp2/nghttp2.h>

#endif
