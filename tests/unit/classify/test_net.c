/* Addresses of people and machines. */
#include "tests/unit/classify/fixture.h"

static const struct value_case mails[] = {
    {"email", "info@example.com", HIT_CERTAIN},
    {"email", "o'brien+tag@mail.example.co.uk", HIT_CERTAIN},
    {"email", "user@xn--80ak6aa92e.com", HIT_CERTAIN},
    {"email", "a@xn--d1acufc.xn--p1ai", HIT_CERTAIN},
    {"email", "  info@example.com ", HIT_CERTAIN},
    {"email", "XDVXC@SJRJU.COM", HIT_CERTAIN},
    {"email", "kcg@YtX.kcgx", HIT_SHAPE}, /* no such top domain */
    {"email", "73A80623-CFC3-4E7F-856A-880B289242D7@clicksend.com",
	HIT_CHECKED}, /* a message's id */
    {"email", "info@example", 0},
    {"email", "info@.com", 0},
    {"email", ".info@example.com", 0},
    {"email", "info@@example.com", 0},
    {"email", "@example.com", 0},
    {"email", "logo@2x.png1", 0},
    {"email", "react@18.2.0", 0},
    {"email", "info@exa_mple.com", 0},
};

static const struct value_case machines[] = {
    {"ip_address", "192.168.0.1", HIT_CERTAIN},
    {"ip_address", "133.133.133.133", HIT_CHECKED},
    {"ip_address", "8.8.8.8", HIT_SHAPE}, /* or a version */
    {"ip_address", "1.2.3.4", HIT_SHAPE},
    {"ip_address", "10.0.0.0/8", HIT_CERTAIN},
    {"ip_address", "10.0.0.1:8080", HIT_CERTAIN},
    {"ip_address", "10.0.0.0/33", 0},
    {"ip_address", "10.0.0.1:99999", 0},
    {"ip_address", "256.1.1.1", 0},
    {"ip_address", "192.168.0", 0},
    {"ip_address", "192.168.0.01", 0},
    {"ip_address", "10.0.19041.1", 0},
    {"ip_address", "2001:db8::1", HIT_CERTAIN},
    {"ip_address", "2001:db8::/32", HIT_CERTAIN},
    {"ip_address", "684D:1111:222:3333:4444:5555:6:77", HIT_CERTAIN},
    {"ip_address", "::1", HIT_CERTAIN},
    {"ip_address", "::ffff:192.168.1.1", HIT_CERTAIN},
    {"ip_address", "684D:1111:222:3333:4444:5555:77", 0},
    {"ip_address", "::ffff:256.0.0.1", 0},
    {"ip_address", "1::2::3", 0},
    {"ip_address", "12:30:45", 0},
    {"ip_address", "ab:cd", 0},
    {"mac_address", "00:1A:2B:3C:4D:5E", HIT_CERTAIN},
    {"mac_address", "00-1a-2b-3c-4d-5e", HIT_CERTAIN},
    {"mac_address", "001a.2b3c.4d5e", HIT_CERTAIN},
    {"mac_address", "00:1A:2B:3C:4D", 0},
    {"mac_address", "FF:FF:FF:FF:FF:FF", 0},
    {"mac_address", "10:2F:33-AC-29-C3", 0},
};

static void
test_mail_addresses_have_known_domains(void **state)
{
	(void)state;
	check_values(mails, LENGTH(mails));
}

static void
test_machines_are_told_from_versions_and_times(void **state)
{
	(void)state;
	check_values(machines, LENGTH(machines));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mail_addresses_have_known_domains),
	    cmocka_unit_test(test_machines_are_told_from_versions_and_times),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
