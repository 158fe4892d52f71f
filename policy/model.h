/*
 * A policy as its sources say it, before it becomes tables: what files of a folder and rows
 * of a database both come down to.
 */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include "base/conf.h"
#include "policy/ast.h"
#include "policy/intern.h"

/* What a source holds; the ending of its file's name. */
#define INPUT_TABLE(X)                   \
	X(INPUT_CONF, "policy.conf")     \
	X(INPUT_SERVICES, ".services")   \
	X(INPUT_ENDPOINTS, ".endpoints") \
	X(INPUT_WORDS, ".words")         \
	X(INPUT_CLASSES, ".classes")     \
	X(INPUT_RULES, ".rules")         \
	X(INPUT_SELFTESTS, ".selftest")

enum input_kind {
#define X(id, ending) id,
	INPUT_TABLE(X)
#undef X
	    INPUT_KINDS
};

/* What a row of the database says beside a rule's text; absent: as the text says. */
struct overrides {
	struct span name; /* must be the block's */
	struct span mode, owner, reason;
	int64_t expires_us; /* 0: as the text says */
};

struct input {
	enum input_kind kind;
	struct source source;
	const struct overrides *overrides; /* INPUT_RULES from a database, else NULL */
};

typedef VEC(struct input) input_list;

struct policy_conf {
	char environment[CONF_TEXT_MAX], default_mode[CONF_TEXT_MAX];
	char unmatched[CONF_TEXT_MAX], note[CONF_TEXT_MAX];
	char not_before[CONF_TEXT_MAX], expires[CONF_TEXT_MAX];
	struct conf_list source;
	/* The same, read. */
	enum mode mode;
	int64_t not_before_us, expires_us;
};

struct credential {
	enum source_kind kind;
	bool verified;
	struct span name;
};

struct host_map {
	struct span pattern, prefix;
	uint32_t service;
};

struct endpoint {
	struct place at;
	uint32_t service;
	struct span method, template, operation; /* method "*": any */
	struct span label;
	uint32_t id;
	enum mode mode;
	bool want_body;
};

struct selftest {
	struct place at, expect_at, endpoint_at;
	struct span method, host, path, query, headers, body, rule, endpoint;
	enum rule_action action;
	bool expects, names_endpoint;
};

/* A class of data that the customer defines: what lib/classify makes a class of. */
struct data_class {
	struct place at;
	struct span name, title, pattern, validator, names; /* absent: not said */
	uint32_t groups, mask; /* enum class_group, enum class_mask */
};

struct model {
	struct pool *pool;
	struct diags *diags;
	struct policy_conf conf;
	const struct source *conf_source; /* NULL: none was given */
	VEC(struct credential) credentials;
	struct intern services;
	VEC(struct host_map) hosts;
	VEC(struct endpoint) endpoints;
	struct intern words;
	VEC(struct data_class) classes;
	block_list blocks;
	VEC(struct selftest) selftests;
};

void model_init(struct model *m, struct pool *pool, struct diags *diags);
/* Reads all inputs, in the order of INPUT_TABLE and then as given. What is wrong goes to
 * diags. The inputs must outlive the model. */
void model_read(struct model *m, const struct input *inputs, uint32_t n);

/* One source each, for model_read. */
void conf_read(struct model *m, const struct source *s);
void conf_finish(struct model *m); /* defaults if there was none, and what they mean */
void services_read(struct model *m, const struct source *s);
void endpoints_read(struct model *m, const struct source *s);
void words_read(struct model *m, const struct source *s);
void classes_read(struct model *m, const struct source *s);
void selftests_read(struct model *m, const struct source *s);

/* Lines of words: cuts the next line with something on it off *rest and splits it at blanks;
 * a word that starts with '#' ends the line. False at the end. */
#define LINE_WORDS_MAX 16
struct line {
	struct place at;
	struct span text; /* trimmed */
	unsigned n;
	struct span
	    word[LINE_WORDS_MAX]; /* more are dropped, n says how many there were */
};
bool line_next(const struct source *s, struct span *rest, struct line *out);
struct place line_word_at(const struct line *l, unsigned i);

#endif
