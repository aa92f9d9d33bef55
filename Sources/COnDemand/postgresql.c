#include <postgresql/libpq-fe.h>
#include "on_demand.h"

FORWARD(on_demand_libpq, void, PQclear, (PGresult *res), (res))
FORWARD(on_demand_libpq, char *, PQcmdTuples, (PGresult *res), (res))
FORWARD(
    on_demand_libpq, PGconn *, PQconnectdbParams,
    (const char *const *keywords, const char *const *values, int expand_dbname),
    (keywords, values, expand_dbname))
FORWARD(on_demand_libpq, int, PQconnectionNeedsPassword, (const PGconn *conn), (conn))
FORWARD(on_demand_libpq, void, PQconninfoFree, (PQconninfoOption *connOptions), (connOptions))
FORWARD(
    on_demand_libpq, PQconninfoOption *, PQconninfoParse,
    (const char *conninfo, char **errmsg),
    (conninfo, errmsg))
FORWARD(on_demand_libpq, int, PQenterPipelineMode, (PGconn *conn), (conn))
FORWARD(on_demand_libpq, char *, PQerrorMessage, (const PGconn *conn), (conn))
FORWARD(on_demand_libpq, PGresult *, PQexec, (PGconn *conn, const char *query), (conn, query))
FORWARD(
    on_demand_libpq, PGresult *, PQexecParams,
    (PGconn *conn, const char *command, int nParams, const Oid *paramTypes, const char *const *paramValues, const
     int *paramLengths, const int *paramFormats, int resultFormat),
    (conn, command, nParams, paramTypes, paramValues, paramLengths, paramFormats, resultFormat))
FORWARD(on_demand_libpq, int, PQexitPipelineMode, (PGconn *conn), (conn))
FORWARD(on_demand_libpq, void, PQfinish, (PGconn *conn), (conn))
FORWARD(on_demand_libpq, char *, PQfname, (const PGresult *res, int field_num), (res, field_num))
FORWARD(on_demand_libpq, Oid, PQftype, (const PGresult *res, int field_num), (res, field_num))
FORWARD(on_demand_libpq, PGresult *, PQgetResult, (PGconn *conn), (conn))
FORWARD(
    on_demand_libpq, int, PQgetisnull,
    (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
FORWARD(
    on_demand_libpq, int, PQgetlength,
    (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
FORWARD(
    on_demand_libpq, char *, PQgetvalue,
    (const PGresult *res, int tup_num, int field_num),
    (res, tup_num, field_num))
FORWARD(on_demand_libpq, int, PQlibVersion, (void), ())
FORWARD(on_demand_libpq, int, PQnfields, (const PGresult *res), (res))
FORWARD(on_demand_libpq, int, PQntuples, (const PGresult *res), (res))
FORWARD(on_demand_libpq, int, PQpipelineSync, (PGconn *conn), (conn))
FORWARD(on_demand_libpq, int, PQputCopyData, (PGconn *conn, const char *buffer, int nbytes), (conn, buffer, nbytes))
FORWARD(on_demand_libpq, int, PQputCopyEnd, (PGconn *conn, const char *errormsg), (conn, errormsg))
FORWARD(on_demand_libpq, char *, PQresultErrorField, (const PGresult *res, int fieldcode), (res, fieldcode))
FORWARD(on_demand_libpq, char *, PQresultErrorMessage, (const PGresult *res), (res))
FORWARD(on_demand_libpq, ExecStatusType, PQresultStatus, (const PGresult *res), (res))
FORWARD(on_demand_libpq, int, PQsendQuery, (PGconn *conn, const char *query), (conn, query))
FORWARD(
    on_demand_libpq, int, PQsendQueryParams,
    (PGconn *conn, const char *command, int nParams, const Oid *paramTypes, const char *const *paramValues, const
     int *paramLengths, const int *paramFormats, int resultFormat),
    (conn, command, nParams, paramTypes, paramValues, paramLengths, paramFormats, resultFormat))
FORWARD(
    on_demand_libpq, PQnoticeProcessor, PQsetNoticeProcessor,
    (PGconn *conn, PQnoticeProcessor proc, void *arg),
    (conn, proc, arg))
FORWARD(on_demand_libpq, ConnStatusType, PQstatus, (const PGconn *conn), (conn))
FORWARD(on_demand_libpq, PGTransactionStatusType, PQtransactionStatus, (const PGconn *conn), (conn))
