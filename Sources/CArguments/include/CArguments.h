#pragma once

// The words of the command line as the C library hands them to a program, before main and without /proc: Swift's own
// CommandLine.arguments reads /proc/self/cmdline.
int kappa_argument_count(void);
char **kappa_arguments(void);

// The file that was executed, as the kernel was given it.
const char *kappa_executed_file(void);
