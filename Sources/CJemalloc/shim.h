// The settings of jemalloc that the broker makes while it runs.
#pragma once
#include <jemalloc/jemalloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

// Starts the threads that give memory back to the system which nobody uses, also while nothing is called.
// 0, or an error number where this jemalloc has no such threads: then memory goes back with the calls that come.
static inline int concordat_return_memory_in_background(void) {
    bool on = true;
    return mallctl("background_thread", NULL, NULL, &on, sizeof on);
}

// Memory that was freed goes back to the system within about `milliseconds` instead of jemalloc's ten seconds.
// 0, or an error number: then it takes as long as before.
static inline int concordat_return_memory_within(long milliseconds) {
    ssize_t wanted = milliseconds;
    int error = mallctl("arenas.dirty_decay_ms", NULL, NULL, &wanted, sizeof wanted);
    if (error) return error;
    unsigned arenas = 0;
    size_t size = sizeof arenas;
    error = mallctl("arenas.narenas", &arenas, &size, NULL, 0);
    for (unsigned arena = 0; !error && arena < arenas; arena++) {
        char name[48];
        snprintf(name, sizeof name, "arena.%u.dirty_decay_ms", arena);
        // One that is not made yet refuses, and takes the setting above when it is.
        (void)mallctl(name, NULL, NULL, &wanted, sizeof wanted);
    }
    return error;
}
