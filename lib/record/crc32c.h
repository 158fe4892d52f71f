/* CRC-32C (Castagnoli), as iSCSI and ext4 use it: RFC 3720, section 12.1. Pure. */
#ifndef RECORD_CRC32C_H
#define RECORD_CRC32C_H

#include "base/span.h"

/* Continues a checksum; the first call gets 0. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

#endif
