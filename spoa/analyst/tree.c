/* See tree.h. */
#include "analyst/tree.h"

#include <stdlib.h>

#define NONE UINT32_MAX
#define CHILDREN_FIRST 4u

struct node {
	uint64_t hash;
	uint64_t *child; /* n word hashes, unsorted: at most a few dozen */
	uint32_t n, cap;
	uint32_t next; /* of the free list, or of those folded and not yet told */
	bool folded;
};

struct tree {
	struct node *node;
	struct map map; /* hash to index */
	uint32_t capacity, free, folded;
	unsigned children, listed;
};

int
tree_new(uint32_t nodes, unsigned children, struct tree **out)
{
	struct tree *t = calloc(1, sizeof(*t));

	*out = NULL;
	if (!t)
		return ERR_NOMEM;
	t->capacity = nodes;
	t->children = children;
	t->folded = NONE;
	t->node = calloc(nodes, sizeof(*t->node));
	if (!t->node || map_init(&t->map, nodes) != OK) {
		tree_free(t);
		return ERR_NOMEM;
	}
	for (uint32_t i = 0; i < nodes; i++)
		t->node[i].next = i + 1 < nodes ? i + 1 : NONE;
	*out = t;
	return OK;
}

void
tree_free(struct tree *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; t->node && i < t->capacity; i++)
		free(t->node[i].child);
	map_fini(&t->map);
	free(t->node);
	free(t);
}

void
tree_limit(struct tree *t, unsigned listed)
{
	t->listed = listed;
}

uint32_t
tree_nodes(const struct tree *t)
{
	return (uint32_t)t->map.n;
}

enum tree_answer
tree_ask(const struct tree *t, uint64_t node)
{
	uint32_t i = map_get(&t->map, node);

	if (i == MAP_NONE)
		return t->free == NONE ? TREE_TEXT : TREE_WORD;
	return t->node[i].folded ? TREE_TEXT : TREE_WORD;
}

static struct node *
node_get(struct tree *t, uint64_t hash)
{
	uint32_t i = map_get(&t->map, hash);
	struct node *n;

	if (i != MAP_NONE)
		return &t->node[i];
	if (t->free == NONE || map_put(&t->map, hash, t->free) != OK)
		return NULL;
	n = &t->node[t->free];
	t->free = n->next;
	n->hash = hash;
	n->next = NONE;
	n->n = 0;
	n->folded = false;
	return n;
}

static void
node_free(struct tree *t, struct node *n)
{
	(void)map_remove(&t->map, n->hash);
	free(n->child);
	n->child = NULL;
	n->n = n->cap = 0;
	n->next = t->free;
	t->free = (uint32_t)(n - t->node);
}

static void
node_fold(struct tree *t, struct node *n)
{
	free(n->child);
	n->child = NULL;
	n->n = n->cap = 0;
	n->folded = true;
	n->next = t->folded;
	t->folded = (uint32_t)(n - t->node);
}

static bool
node_has(const struct node *n, uint64_t word)
{
	for (uint32_t i = 0; i < n->n; i++)
		if (n->child[i] == word)
			return true;
	return false;
}

/* Without memory: false. */
static bool
node_put(struct node *n, uint64_t word)
{
	if (n->n == n->cap) {
		uint32_t cap = n->cap ? n->cap * 2 : CHILDREN_FIRST;
		uint64_t *child = realloc(n->child, cap * sizeof(*child));

		if (!child)
			return false;
		n->child = child;
		n->cap = cap;
	}
	n->child[n->n++] = word;
	return true;
}

enum tree_answer
tree_insert(struct tree *t, uint64_t node, uint64_t word)
{
	struct node *n = node_get(t, node);

	if (!n || n->folded)
		return TREE_TEXT;
	if (node_has(n, word))
		return TREE_WORD;
	if (n->n == t->children || !node_put(n, word)) {
		node_fold(t, n);
		return TREE_TEXT;
	}
	return TREE_WORD;
}

bool
tree_admit(struct tree *t, uint64_t node, uint64_t word, bool insert)
{
	uint32_t i = map_get(&t->map, node);
	struct node *n;

	if (i != MAP_NONE && node_has(&t->node[i], word))
		return true;
	if (!insert)
		return i == MAP_NONE ? t->free != NONE : t->node[i].n < t->listed;
	n = node_get(t, node);
	return n && n->n < t->listed && node_put(n, word);
}

void
tree_fold(struct tree *t, uint64_t node)
{
	struct node *n = node_get(t, node);

	if (n && !n->folded)
		node_fold(t, n);
}

void
tree_remove(struct tree *t, uint64_t node, uint64_t word)
{
	uint32_t at = map_get(&t->map, node);
	struct node *n;

	if (at == MAP_NONE || t->node[at].folded)
		return;
	n = &t->node[at];
	for (uint32_t i = 0; i < n->n; i++) {
		if (n->child[i] != word)
			continue;
		n->child[i] = n->child[--n->n];
		break;
	}
	if (n->n == 0)
		node_free(t, n);
}

bool
tree_next_folded(struct tree *t, uint64_t *node)
{
	struct node *n;

	if (t->folded == NONE) {
		*node = 0;
		return false;
	}
	n = &t->node[t->folded];
	t->folded = n->next;
	n->next = NONE;
	*node = n->hash;
	return true;
}
