#pragma once
#include <sqlite3.h>

/* Variadic, so out of Swift's reach. Without counts of memory, an allocation takes no lock of the whole process. */
static inline int kappa_sqlite3_leave_memory_uncounted(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
