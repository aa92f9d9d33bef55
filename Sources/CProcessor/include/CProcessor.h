// The processor's own instructions that Swift cannot name: CRC-32C.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Continues a CRC-32C (Castagnoli, reflected) over `count` bytes. Start with 0; the usual inversions are inside.
uint32_t kappa_crc32c(uint32_t crc, const void *bytes, size_t count);
