#include <mariadb/mysql.h>
#include "on_demand.h"

FORWARD(on_demand_libmariadb, my_bool, mariadb_connection, (MYSQL *mysql), (mysql))
FORWARD(on_demand_libmariadb, void, mysql_close, (MYSQL *sock), (sock))
FORWARD(on_demand_libmariadb, unsigned int, mysql_errno, (MYSQL *mysql), (mysql))
FORWARD(on_demand_libmariadb, const char *, mysql_error, (MYSQL *mysql), (mysql))
FORWARD(
    on_demand_libmariadb, MYSQL_FIELD *, mysql_fetch_field_direct,
    (MYSQL_RES *res, unsigned int fieldnr),
    (res, fieldnr))
FORWARD(on_demand_libmariadb, void, mysql_free_result, (MYSQL_RES *result), (result))
FORWARD(on_demand_libmariadb, const char *, mysql_get_client_info, (void), ())
FORWARD(on_demand_libmariadb, MYSQL *, mysql_init, (MYSQL *mysql), (mysql))
FORWARD(
    on_demand_libmariadb, int, mysql_options,
    (MYSQL *mysql, enum mysql_option option, const void *arg),
    (mysql, option, arg))
FORWARD(on_demand_libmariadb, int, mysql_query, (MYSQL *mysql, const char *q), (mysql, q))
FORWARD(
    on_demand_libmariadb, MYSQL *, mysql_real_connect,
    (MYSQL *mysql, const char *host, const char *user, const char *passwd, const char *db, unsigned int port,
     const char *unix_socket, unsigned long clientflag),
    (mysql, host, user, passwd, db, port, unix_socket, clientflag))
FORWARD(
    on_demand_libmariadb, int, mysql_real_query,
    (MYSQL *mysql, const char *q, unsigned long length),
    (mysql, q, length))
FORWARD(on_demand_libmariadb, int, mysql_server_init, (int argc, char **argv, char **groups), (argc, argv, groups))
FORWARD(on_demand_libmariadb, const char *, mysql_sqlstate, (MYSQL *mysql), (mysql))
FORWARD(on_demand_libmariadb, unsigned long long, mysql_stmt_affected_rows, (MYSQL_STMT *stmt), (stmt))
FORWARD(
    on_demand_libmariadb, my_bool, mysql_stmt_attr_set,
    (MYSQL_STMT *stmt, enum enum_stmt_attr_type attr_type, const void *attr),
    (stmt, attr_type, attr))
FORWARD(on_demand_libmariadb, my_bool, mysql_stmt_bind_param, (MYSQL_STMT * stmt, MYSQL_BIND * bnd), (stmt, bnd))
FORWARD(on_demand_libmariadb, my_bool, mysql_stmt_bind_result, (MYSQL_STMT * stmt, MYSQL_BIND * bnd), (stmt, bnd))
FORWARD(on_demand_libmariadb, my_bool, mysql_stmt_close, (MYSQL_STMT * stmt), (stmt))
FORWARD(on_demand_libmariadb, unsigned int, mysql_stmt_errno, (MYSQL_STMT * stmt), (stmt))
FORWARD(on_demand_libmariadb, const char *, mysql_stmt_error, (MYSQL_STMT * stmt), (stmt))
FORWARD(on_demand_libmariadb, int, mysql_stmt_execute, (MYSQL_STMT *stmt), (stmt))
FORWARD(on_demand_libmariadb, int, mysql_stmt_fetch, (MYSQL_STMT *stmt), (stmt))
FORWARD(
    on_demand_libmariadb, int, mysql_stmt_fetch_column,
    (MYSQL_STMT *stmt, MYSQL_BIND *bind_arg, unsigned int column, unsigned long offset),
    (stmt, bind_arg, column, offset))
FORWARD(on_demand_libmariadb, unsigned int, mysql_stmt_field_count, (MYSQL_STMT *stmt), (stmt))
FORWARD(on_demand_libmariadb, MYSQL_STMT *, mysql_stmt_init, (MYSQL *mysql), (mysql))
FORWARD(on_demand_libmariadb, unsigned long, mysql_stmt_param_count, (MYSQL_STMT * stmt), (stmt))
FORWARD(
    on_demand_libmariadb, int, mysql_stmt_prepare,
    (MYSQL_STMT *stmt, const char *query, unsigned long length),
    (stmt, query, length))
FORWARD(on_demand_libmariadb, MYSQL_RES *, mysql_stmt_result_metadata, (MYSQL_STMT *stmt), (stmt))
FORWARD(on_demand_libmariadb, const char *, mysql_stmt_sqlstate, (MYSQL_STMT * stmt), (stmt))
FORWARD(on_demand_libmariadb, MYSQL_RES *, mysql_store_result, (MYSQL *mysql), (mysql))

HIDDEN my_bool mariadb_get_infov(MYSQL *mysql, enum mariadb_value value, void *arg, ...)
{
    static my_bool (*found)(MYSQL *, enum mariadb_value, void *, ...);
    FIND(on_demand_libmariadb, found, mariadb_get_infov);
    return found(mysql, value, arg);
}
