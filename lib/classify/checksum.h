/*
 * Check digits over strings of decimal digits (or upper-case letters and digits where said).
 * Sources: ISO/IEC 7812 (Luhn), ISO 13616 (mod 97), ISO 7064 (mod 11,10), Verhoeff 1969.
 * Pure arithmetic; callers hand in what they have made sure is digits.
 */
#ifndef CLASSIFY_CHECKSUM_H
#define CLASSIFY_CHECKSUM_H

#include <stdbool.h>
#include <stdint.h>

bool checksum_luhn(const char *digits, unsigned n);
bool checksum_verhoeff(const char *digits, unsigned n);
/* The last digit is the check digit. */
bool checksum_mod11_10(const char *digits, unsigned n);
/* Letters count 10 … 35; the remainder of the whole text by 97. Other bytes: 97. */
unsigned checksum_mod97(const char *text, unsigned n);
/* Sum of digit times weight; weights are as many decimal digits ('A' is 10, 'B' 11 …). */
unsigned checksum_weighted(const char *digits, const char *weights);
/* All n digits are the same one. */
bool checksum_is_uniform(const char *digits, unsigned n);
/* A day of a month of some year. */
bool checksum_is_day(unsigned month, unsigned day);
uint64_t checksum_number(const char *digits, unsigned n);

#endif
