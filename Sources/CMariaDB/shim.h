#pragma once
#include <mariadb/mysql.h>
#include <mariadb/mysqld_error.h>
#include <mariadb/errmsg.h>

/* Macros and functions of many arguments, which Swift does not see. */
static inline my_bool kappa_mysql_get_capabilities(MYSQL *handle, unsigned int *value)
{
    return mariadb_get_infov(handle, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, value);
}
static inline unsigned int kappa_mysql_bulk_capability(void)
{
    return (unsigned int)(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32);
}
