#include "on_demand.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

struct on_demand_library {
    const char *file;
    const char *package;
    void *handle;
};

on_demand_library on_demand_libpq = {"libpq.so.5", "libpq5", 0};
on_demand_library on_demand_libmariadb = {"libmariadb.so.3", "libmariadb3", 0};
on_demand_library on_demand_libcurl = {"libcurl.so.4", "libcurl4", 0};

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static void end(const on_demand_library *library)
{
    fprintf(
        stderr, "kappa: error: %s cannot be used: %s\nhint: apt-get install %s\n", library->file, dlerror(),
        library->package);
    _exit(1);
}

void *on_demand_find(on_demand_library *library, const char *name)
{
    pthread_mutex_lock(&opening);
    if (!library->handle) library->handle = dlopen(library->file, RTLD_LAZY | RTLD_LOCAL);
    void *found = library->handle ? dlsym(library->handle, name) : 0;
    if (!found) end(library);
    pthread_mutex_unlock(&opening);
    return found;
}
