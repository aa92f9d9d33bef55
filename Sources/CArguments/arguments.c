#include "CArguments.h"

#include <sys/auxv.h>

static int count;
static char **words;

// glibc calls constructors with the arguments of main.
__attribute__((constructor)) static void keep(int argc, char **argv) {
    count = argc;
    words = argv;
}

int kappa_argument_count(void) { return count; }
char **kappa_arguments(void) { return words; }
const char *kappa_executed_file(void) { return (const char *)getauxval(AT_EXECFN); }
