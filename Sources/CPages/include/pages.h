// The files of KappaDashboard/Pages, in the program itself.
#pragma once

int kappa_page_count(void);
const char *kappa_page_name(int index);
const unsigned char *kappa_page_bytes(int index, unsigned long *count);
