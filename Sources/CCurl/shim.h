#pragma once
#include <curl/curl.h>

// Swift cannot call C's variadic functions; these are their few shapes.
static inline CURLcode kappa_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode kappa_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode kappa_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
typedef size_t (*kappa_curl_writer)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode kappa_curl_set_writer(CURL *handle, CURLoption option, kappa_curl_writer writer) {
    return curl_easy_setopt(handle, option, writer);
}
static inline CURLcode kappa_curl_set_offset(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, (curl_off_t)value);
}
static inline CURLcode kappa_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
