// The one setting of jemalloc that the broker makes while it runs.
#pragma once
#include <jemalloc/jemalloc.h>
#include <stdbool.h>

// Starts the threads that give memory back to the system which nobody uses, also while nothing is called.
// 0, or an error number where this jemalloc has no such threads: then memory goes back with the calls that come.
static inline int concordat_return_memory_in_background(void) {
    bool on = true;
    return mallctl("background_thread", NULL, NULL, &on, sizeof on);
}
