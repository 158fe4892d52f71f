/* Preparing bundles beside the loop. */
#include "worker/policy.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define PREPARER_NICE 10 /* requests come first */

/* --- one policy ------------------------------------------------------------------- */

static void
refuse(struct policy *p, const char *what)
{
	snprintf(p->error.text, sizeof(p->error.text), "%s", what);
}

/* Maps the file and reads its structure; on failure the error text is set. */
static int
map_bundle(struct policy *p)
{
	struct stat st;

	if (!io_is_sealed(p->fd)) {
		refuse(p, "the bundle's memory file is not sealed");
		return ERR_INVALID;
	}
	if (fstat(p->fd, &st) != 0 || st.st_size <= 0) {
		refuse(p, "the bundle's memory file is empty");
		return ERR_IO;
	}
	p->map = mmap(
	    NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, p->fd, 0);
	if (p->map == MAP_FAILED) {
		p->map = NULL;
		refuse(p, "the bundle cannot be mapped");
		return ERR_NOMEM;
	}
	p->bytes = (size_t)st.st_size;
	return bundle_parse(span_make(p->map, p->bytes), &p->bundle, &p->error);
}

struct policy *
policy_make(int fd, const struct engine_options *o)
{
	struct policy *p = calloc(1, sizeof(*p));
	const struct bundle *b = NULL;
	int err;

	if (p == NULL) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	p->fd = fd;
	if (fd >= 0) {
		if (map_bundle(p) != OK)
			return p;
		b = &p->bundle;
		p->revision = b->header->revision;
	}
	err = engine_new(b, o, &p->engine, &p->error);
	if (err != OK && p->error.text[0] == '\0')
		refuse(p, err_str(err));
	return p;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	engine_free(p->engine);
	if (p->map != NULL)
		munmap(p->map, p->bytes);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

/* --- the thread ------------------------------------------------------------------- */

struct preparer {
	struct ev_loop *loop;
	void (*ready)(void *ctx, struct policy *p);
	void *ctx;
	ev_async made_one;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t work;
	bool stop;
	bool wanted; /* job and options hold what is to be prepared next */
	int fd;
	struct engine_options options;
	struct policy *made; /* newest first, waiting for the loop */
	struct policy *retired;
};

static void
free_list(struct policy *p)
{
	while (p != NULL) {
		struct policy *next = p->next;

		policy_free(p);
		p = next;
	}
}

static struct policy *
take_list(struct policy **list)
{
	struct policy *p = *list;

	*list = NULL;
	return p;
}

/* With the lock held: frees what is retired, without it while it does. */
static void
free_retired(struct preparer *p)
{
	struct policy *old = take_list(&p->retired);

	if (old == NULL)
		return;
	pthread_mutex_unlock(&p->lock);
	free_list(old);
	pthread_mutex_lock(&p->lock);
}

static void
prepare_one(struct preparer *p)
{
	struct engine_options o = p->options;
	int fd = p->fd;
	struct policy *made;

	p->wanted = false;
	p->fd = -1;
	pthread_mutex_unlock(&p->lock);
	made = policy_make(fd, &o);
	pthread_mutex_lock(&p->lock);
	if (made == NULL)
		return;
	made->next = p->made;
	p->made = made;
	ev_async_send(p->loop, &p->made_one);
}

static void *
prepare_loop(void *arg)
{
	struct preparer *p = arg;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), PREPARER_NICE);
	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		if (p->wanted)
			prepare_one(p);
		else if (p->retired != NULL)
			free_retired(p);
		else
			pthread_cond_wait(&p->work, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
on_made(EV_P_ ev_async *a, int events)
{
	struct preparer *p = a->data;
	struct policy *made, *older;

	pthread_mutex_lock(&p->lock);
	made = take_list(&p->made);
	pthread_mutex_unlock(&p->lock);
	if (made == NULL)
		return;
	while ((older = made->next) != NULL) { /* overtaken before it was used */
		made->next = older->next;
		preparer_retire(p, older);
	}
	p->ready(p->ctx, made);
}

int
preparer_start(struct ev_loop *loop, void (*ready)(void *ctx, struct policy *p),
    void *ctx, struct preparer **out)
{
	struct preparer *p = calloc(1, sizeof(*p));
	sigset_t all, before;
	int rc;

	*out = NULL;
	if (p == NULL)
		return ERR_NOMEM;
	p->loop = loop;
	p->ready = ready;
	p->ctx = ctx;
	p->fd = -1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	ev_async_init(&p->made_one, on_made);
	p->made_one.data = p;
	ev_async_start(loop, &p->made_one);
	sigfillset(&all); /* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&p->thread, NULL, prepare_loop, p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		ev_async_stop(loop, &p->made_one);
		free(p);
		errno = rc;
		return ERR_IO;
	}
	*out = p;
	return OK;
}

void
preparer_submit(struct preparer *p, int fd, const struct engine_options *o)
{
	pthread_mutex_lock(&p->lock);
	if (p->wanted && p->fd >= 0)
		close(p->fd);
	p->fd = fd;
	p->options = *o;
	p->wanted = true;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

void
preparer_retire(struct preparer *p, struct policy *old)
{
	if (old == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	old->next = p->retired;
	p->retired = old;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
}

void
preparer_stop(struct preparer *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_signal(&p->work);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	ev_async_stop(p->loop, &p->made_one);
	if (p->wanted && p->fd >= 0)
		close(p->fd);
	free_list(p->made);
	free_list(p->retired);
	pthread_cond_destroy(&p->work);
	pthread_mutex_destroy(&p->lock);
	free(p);
}
