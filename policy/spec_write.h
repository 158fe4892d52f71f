/*
 * Writes a tree of maps and lists as indented JSON or as YAML. Text is always in double
 * quotes, with JSON's escapes, so that nothing of it is taken for something else. Pure but
 * for growing memory.
 */
#ifndef POLICY_SPEC_WRITE_H
#define POLICY_SPEC_WRITE_H

#include "base/buf.h"

#define SPEC_WRITE_DEPTH_MAX 128

struct spec_writer {
	struct buf *out;
	bool yaml;
	unsigned depth;
	struct {
		bool map, any; /* any: something stands in it */
	} level[SPEC_WRITE_DEPTH_MAX];
};

void spec_write_init(struct spec_writer *w, struct buf *out, bool yaml);
/* The key of the next value in a map. */
void spec_write_key(struct spec_writer *w, struct span key);
void spec_write_map(struct spec_writer *w);
void spec_write_list(struct spec_writer *w);
void spec_write_end(struct spec_writer *w); /* of a map or list */
void spec_write_text(struct spec_writer *w, struct span s);
void spec_write_bool(struct spec_writer *w, bool v);
/* Key and value at once. */
void spec_write_kv(struct spec_writer *w, const char *key, struct span value);
void spec_write_kv_bool(struct spec_writer *w, const char *key, bool v);

#endif
