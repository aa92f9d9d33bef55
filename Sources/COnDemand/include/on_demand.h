/*
 * Libraries that most commands never call are opened by the first call, not at the start of the program: libcurl and
 * libpq alone bring forty others with them, which took two thirds of the time of `kappa --version`.
 *
 * Each function here has the name and the type that the library's own header declares, so nobody who calls it sees a
 * difference.
 */
#pragma once

typedef struct on_demand_library on_demand_library;

extern on_demand_library on_demand_libpq, on_demand_libmariadb, on_demand_libcurl;

/* The function's address; ends the program, saying what to install, where the library cannot be opened. */
void *on_demand_find(on_demand_library *library, const char *name);

/* Not for the libraries themselves, which call their own functions by the same names. */
#define HIDDEN __attribute__((visibility("hidden")))

/* Two threads may both find it; they find the same. */
#define FIND(library, place, name)                                                                                     \
    if (!__atomic_load_n(&place, __ATOMIC_ACQUIRE))                                                                    \
        __atomic_store_n(&place, (__typeof__(place))on_demand_find(&library, #name), __ATOMIC_RELEASE)

#define FORWARD(library, type, name, parameters, arguments)                                                            \
    HIDDEN type name parameters                                                                                        \
    {                                                                                                                  \
        static type(*found) parameters;                                                                                \
        FIND(library, found, name);                                                                                    \
        return found arguments;                                                                                        \
    }
