#include <curl/curl.h>
#include <stdarg.h>
#include "on_demand.h"

FORWARD(on_demand_libcurl, void, curl_easy_cleanup, (CURL *curl), (curl))
FORWARD(on_demand_libcurl, CURL *, curl_easy_init, (void), ())
FORWARD(on_demand_libcurl, CURLcode, curl_easy_perform, (CURL *curl), (curl))
FORWARD(on_demand_libcurl, void, curl_easy_reset, (CURL *curl), (curl))
FORWARD(on_demand_libcurl, const char *, curl_easy_strerror, (CURLcode value), (value))
FORWARD(on_demand_libcurl, time_t, curl_getdate, (const char *p, const time_t *unused), (p, unused))
FORWARD(on_demand_libcurl, CURLcode, curl_global_init, (long flags), (flags))
FORWARD(
    on_demand_libcurl, struct curl_slist *, curl_slist_append,
    (struct curl_slist *list, const char *data),
    (list, data))
FORWARD(on_demand_libcurl, void, curl_slist_free_all, (struct curl_slist *list), (list))

/* A long, a pointer and a large offset are one machine word each, and are handed on as one. */
HIDDEN CURLcode(curl_easy_setopt)(CURL *handle, CURLoption option, ...)
{
    static CURLcode (*found)(CURL *, CURLoption, ...);
    FIND(on_demand_libcurl, found, curl_easy_setopt);
    va_list rest;
    va_start(rest, option);
    void *word = va_arg(rest, void *);
    va_end(rest);
    return found(handle, option, word);
}

HIDDEN CURLcode(curl_easy_getinfo)(CURL *handle, CURLINFO info, ...)
{
    static CURLcode (*found)(CURL *, CURLINFO, ...);
    FIND(on_demand_libcurl, found, curl_easy_getinfo);
    va_list rest;
    va_start(rest, info);
    void *word = va_arg(rest, void *);
    va_end(rest);
    return found(handle, info, word);
}
