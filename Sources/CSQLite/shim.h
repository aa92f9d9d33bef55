#pragma once
#include <sqlite3.h>

/* Variadic, so out of Swift's reach. Without counts of memory, an allocation takes no lock of the whole process. */
static inline int kappa_sqlite3_leave_memory_uncounted(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* A name in double quotes that no column has is an error, never a text. */
static inline int kappa_sqlite3_refuse_quoted_texts(sqlite3 *handle)
{
    int code = sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
    return code == SQLITE_OK ? sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0) : code;
}
