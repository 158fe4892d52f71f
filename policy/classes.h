/*
 * Classes of data that the customer defines: the *.classes files, and how a class's groups
 * and mask are called in files, in the database and on the screen. Pure.
 */
#ifndef POLICY_CLASSES_H
#define POLICY_CLASSES_H

#include "base/buf.h"
#include "classify/classify.h"
#include "policy/model.h"

/* Bit of enum class_group, or value of enum class_mask, by name. ERR_NOTFOUND. */
MUST_CHECK int class_group_parse(struct span name, uint32_t *bit);
MUST_CHECK int class_mask_parse(struct span name, uint32_t *mask);
/* Names of the bits set, `between` between them, in the order of the bits. */
void class_groups_print(uint32_t groups, const char *between, struct buf *out);

/* One class as a block that classes_read() reads back. A text that is absent or empty has
 * no item. */
void class_print(struct span name, struct span title, struct span pattern,
    struct span validator, struct span names, uint32_t groups, uint32_t mask,
    struct buf *out);

/* What is wrong with the model's classes together (a pattern that does not compile, a name
 * that is taken) goes to diags. After model_read(). */
void classes_check(struct model *m);

/* The same classes for lib/classify. The texts are the model's. */
void class_custom_of(const struct data_class *from, struct class_custom *to);

#endif
