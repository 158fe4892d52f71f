/* See syncer.h. */
#include "analyst/syncer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct syncer {
	struct spool *spool;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wanted;
	bool asked, stopping;
	uint64_t errors;
};

static void *
syncer_run(void *arg)
{
	struct syncer *y = arg;

	pthread_mutex_lock(&y->lock);
	for (;;) {
		int err;

		while (!y->asked && !y->stopping)
			pthread_cond_wait(&y->wanted, &y->lock);
		if (!y->asked)
			break;
		y->asked = false;
		pthread_mutex_unlock(&y->lock);
		err = spool_sync(y->spool);
		pthread_mutex_lock(&y->lock);
		y->errors += err != OK;
	}
	pthread_mutex_unlock(&y->lock);
	return NULL;
}

int
syncer_start(struct spool *s, struct syncer **out)
{
	struct syncer *y = calloc(1, sizeof(*y));
	sigset_t all, before;
	int failed;

	*out = NULL;
	if (!y)
		return ERR_NOMEM;
	y->spool = s;
	pthread_mutex_init(&y->lock, NULL);
	pthread_cond_init(&y->wanted, NULL);
	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	failed = pthread_create(&y->thread, NULL, syncer_run, y);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		free(y);
		return ERR_IO;
	}
	*out = y;
	return OK;
}

void
syncer_request(struct syncer *y)
{
	pthread_mutex_lock(&y->lock);
	y->asked = true;
	pthread_cond_signal(&y->wanted);
	pthread_mutex_unlock(&y->lock);
}

uint64_t
syncer_errors(struct syncer *y)
{
	uint64_t n;

	pthread_mutex_lock(&y->lock);
	n = y->errors;
	pthread_mutex_unlock(&y->lock);
	return n;
}

void
syncer_stop(struct syncer *y)
{
	if (!y)
		return;
	pthread_mutex_lock(&y->lock);
	y->stopping = true;
	pthread_cond_signal(&y->wanted);
	pthread_mutex_unlock(&y->lock);
	pthread_join(y->thread, NULL);
	pthread_cond_destroy(&y->wanted);
	pthread_mutex_destroy(&y->lock);
	free(y);
}
