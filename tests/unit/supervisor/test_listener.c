#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "supervisor/listener.h"

static char dir[] = "/tmp/yett-listener-XXXXXX";
static const struct listener_options options = {16, "", 0660};

static int
set_up(void **state)
{
	log_init("test", LOG_ERROR + 1);
	return mkdtemp(dir) ? 0 : -1;
}

static int
tear_down(void **state)
{
	return rmdir(dir); /* every test leaves it empty */
}

static int
connects(const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), rc;

	snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
	rc = connect(fd, (void *)&sa, sizeof sa);
	close(fd);
	return rc == 0;
}

static void
test_socket_has_its_mode_and_goes_with_its_owner(void **state)
{
	char address[100], path[100], why[LISTENER_WHY_MAX];
	struct listener l;
	struct stat st;

	snprintf(address, sizeof address, "unix:%s/w-%%d.sock", dir);
	snprintf(path, sizeof path, "%s/w-7.sock", dir);
	assert_int_equal(listener_open(address, 7, &options, &l, why), OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_true(connects(path));
	listener_close(&l);
	assert_int_not_equal(stat(path, &st), 0);
}

static void
test_stale_socket_is_replaced_and_a_live_one_is_not(void **state)
{
	char address[100], path[100], why[LISTENER_WHY_MAX];
	struct listener a, b;

	snprintf(address, sizeof address, "unix:%s/s.sock", dir);
	snprintf(path, sizeof path, "%s/s.sock", dir);
	assert_int_equal(listener_open(address, 0, &options, &a, why), OK);
	assert_int_equal(listener_open(address, 0, &options, &b, why), ERR_EXISTS);
	assert_non_null(strstr(why, "listens there already"));
	assert_true(connects(path));
	close(a.fd); /* as a kill would: the file stays */
	a.fd = -1;
	assert_false(connects(path));
	assert_int_equal(listener_open(address, 0, &options, &b, why), OK);
	assert_true(connects(path));
	/* the old owner's close must not take the new one's file away */
	listener_close(&a);
	assert_true(connects(path));
	listener_close(&b);
}

static void
test_kept_socket_is_taken_over_with_its_backlog(void **state)
{
	char address[100], other[100], path[100], why[LISTENER_WHY_MAX];
	struct listener a, b;
	int kept, client;

	snprintf(address, sizeof address, "unix:%s/k.sock", dir);
	snprintf(other, sizeof other, "unix:%s/o.sock", dir);
	snprintf(path, sizeof path, "%s/k.sock", dir);
	assert_int_equal(listener_open(address, 0, &options, &a, why), OK);
	kept = dup(a.fd);
	listener_leave(&a);
	assert_true(connects(path)); /* waits */
	assert_int_equal(listener_adopt(other, 0, kept, &b), ERR_INVALID);
	assert_int_equal(listener_adopt("tcp:127.0.0.1:1", 0, kept, &b), ERR_INVALID);
	assert_int_equal(listener_adopt(address, 0, 0, &b), ERR_INVALID);
	assert_int_equal(listener_adopt(address, 0, kept, &b), OK);
	client = accept(b.fd, NULL, NULL);
	assert_true(client >= 0);
	close(client);
	listener_close(&b);
	assert_false(connects(path));
	assert_int_not_equal(access(path, F_OK), 0);
}

static void
test_what_is_no_socket_stays(void **state)
{
	char address[100], path[100], why[LISTENER_WHY_MAX];
	struct listener l;
	struct stat st;
	int fd;

	snprintf(address, sizeof address, "unix:%s/file", dir);
	snprintf(path, sizeof path, "%s/file", dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(listener_open(address, 0, &options, &l, why), ERR_INVALID);
	assert_int_equal(l.fd, -1);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	unlink(path);
	/* nor does anybody follow a link */
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(listener_open(address, 0, &options, &l, why), ERR_INVALID);
	unlink(path);
}

static void
test_tcp_ports_count_up_and_clash_by_name(void **state)
{
	char why[LISTENER_WHY_MAX], address[64];
	struct listener any, a, b;
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa;
	char port[8];

	assert_int_equal(listener_open("tcp:127.0.0.1:0", 0, &options, &any, why), OK);
	assert_int_equal(getsockname(any.fd, (void *)&sa, &n), 0);
	snprintf(port, sizeof port, "%u",
	    (unsigned)(((uint8_t *)&sa)[2] << 8 | ((uint8_t *)&sa)[3]));
	snprintf(address, sizeof address, "tcp:127.0.0.1:%s", port);
	assert_int_equal(listener_open(address, 0, &options, &a, why), ERR_EXISTS);
	if (listener_open(address, 1, &options, &b, why) == OK) /* may be taken */
		listener_close(&b);
	listener_close(&any);
	assert_int_equal(listener_open(address, 0, &options, &a, why), OK);
	listener_close(&a);
}

static void
test_bad_addresses_say_what_they_should_be(void **state)
{
	static const char *const bad[] = {"", "unix:", "/run/x.sock", "udp:1.2.3.4:5",
	    "tcp:127.0.0.1", "tcp:127.0.0.1:", "tcp:127.0.0.1:x", "tcp:h:65536",
	    "tcp:127.0.0.1:65530",
	    "unix:/"
	    "a-path-that-is-by-far-too-long-for-the-address-of-a-unix-socket-which-has-"
	    "room-for-one-hundred-and-eight-bytes"};
	static const char *const good[] = {
	    "unix:/run/yett/w-%d.sock", "tcp:127.0.0.1:12345", "tcp:[::1]:1", "tcp::80"};
	char why[LISTENER_WHY_MAX];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_not_equal(listener_check(bad[i], 10, why), OK);
		assert_true(strlen(why) > 5);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(listener_check(good[i], 10, why), OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_socket_has_its_mode_and_goes_with_its_owner),
	    cmocka_unit_test(test_stale_socket_is_replaced_and_a_live_one_is_not),
	    cmocka_unit_test(test_kept_socket_is_taken_over_with_its_backlog),
	    cmocka_unit_test(test_what_is_no_socket_stays),
	    cmocka_unit_test(test_tcp_ports_count_up_and_clash_by_name),
	    cmocka_unit_test(test_bad_addresses_say_what_they_should_be),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
