/* What names say. */
#include "tests/unit/classify/fixture.h"

static int
prior_in(
    const char *path, const char *template_text, const char *siblings, const char *cls)
{
	const char *dot = strrchr(path, '.');
	struct class_context c;

	classify_context(set, span_str(path), span_str(dot ? dot + 1 : path),
	    span_str(template_text), span_str(siblings), &c);
	return class_prior(&c, class_find(set, span_str(cls)));
}

struct name_case {
	const char *path, *template_text, *siblings, *cls;
};

/* Names that say it outright, or with what stands around them. */
static const struct name_case say[] = {
    {"cardNumber", "", "", "card_number"},
    {"payment.card.number", "", "", "card_number"},
    {"cards[].number", "", "", "card_number"},
    {"customer.ssn", "", "", "us_ssn"},
    {"employee_ssn", "", "", "us_ssn"},
    {"ssn_value", "", "", "us_ssn"},
    {"user.primaryEmail", "", "", "email"},
    {"email_address_2", "", "", "email"},
    {"clientIPAddress", "", "", "ip_address"},
    {"ips[]", "", "", "ip_address"},
    {"ip_address", "", "", "ip_address"},
    {"billing_address.line1", "", "", "address"},
    {"address", "", "city zip country", "address"},
    {"user.name", "", "", "person_name"},
    {"firstname", "", "", "person_name"},
    {"patient.dateOfBirth", "", "", "birth_date"},
    {"account_number", "", "routing_number bank_name", "bank_account"},
    {"security_code", "", "expiry holder", "card_code"},
    {"lat", "", "lng", "geo_position"},
    {"location.longitude", "", "", "geo_position"},
    {"diagnosis.code", "/patients", "", "icd10"},
    {"db_password", "", "", "password"},
    {"x-api-key", "", "", "secret"},
    {"reisepass_nummer", "", "", "passport"},
    {"custName", "", "", "person_name"},
    {"cellNo", "", "", "phone"},
    {"pwdHash", "", "", "password"},
    {"numeroTarjeta", "", "", "card_number"},
    {"numeroSecuriteSociale", "", "", "fr_nir"},
    {"codice_fiscale", "", "", "it_cf"},
    {"drivers_license_number", "", "", "driving_licence"},
};

/* Names in which the word stands and means something else. */
static const struct name_case are_silent[] = {
    {"email_verified", "", "", "email"},
    {"emailTemplate", "", "", "email"},
    {"has_email", "", "", "email"},
    {"num_emails", "", "", "email"},
    {"phone_model", "", "", "phone"},
    {"card_brand", "", "", "card_number"},
    {"address_type", "", "", "address"},
    {"password_reset_url", "", "", "password"},
    {"next_page_token", "", "", "secret"},
    {"token_type", "", "", "secret"},
    {"order_number", "", "cvv expiry", "card_number"},
    {"order.number", "", "cvv expiry", "card_number"},
    {"product.name", "/users", "email", "person_name"},
    {"list_name", "/users", "email", "person_name"},
    {"name", "", "", "person_name"},
    {"duplicate", "", "", "driving_licence"},
    {"company", "", "", "pin"},
    {"expand", "", "", "card_number"},
    {"ip_version", "", "", "ip_address"},
    {"user_name", "", "", "person_name"},
    {"strip_string", "", "", "ip_address"},
    {"action_address", "", "", "address"},
    {"width_to", "", "", "phone"},
    {"ip_address", "", "", "address"},
    {"email_address", "", "city", "address"},
    {"long_description", "", "", "geo_position"},
    {"latency", "", "", "geo_position"},
};

static void
test_names_say_what_they_end_with(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(say); i++) {
		const struct name_case *c = &say[i];
		int p = prior_in(c->path, c->template_text, c->siblings, c->cls);

		if (p < 40)
			fail_msg("%s says %d of %s", c->path, p, c->cls);
	}
}

static void
test_words_with_another_meaning_say_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(are_silent); i++) {
		const struct name_case *c = &are_silent[i];
		int p = prior_in(c->path, c->template_text, c->siblings, c->cls);

		if (p > 10)
			fail_msg("%s says %d of %s", c->path, p, c->cls);
	}
}

static void
test_references_speak_against_every_class(void **state)
{
	static const char *const names[] = {"orderId", "order.id", "sku",
	    "tracking_number", "app_version", "created_timestamp", "etag", "invoice_no",
	    "user_id"};

	(void)state;
	for (size_t i = 0; i < LENGTH(names); i++)
		assert_true(prior_in(names[i], "", "", "card_number") < CLASS_PRIOR_NONE);
}

static void
test_siblings_and_endpoint_add_to_weak_names(void **state)
{
	(void)state;
	assert_true(prior_in("number", "", "", "card_number") <
	    prior_in("number", "/cards", "", "card_number"));
	assert_true(prior_in("number", "/cards", "", "card_number") <
	    prior_in("card.number", "", "", "card_number"));
	assert_true(prior_in("name", "", "", "person_name") <
	    prior_in("name", "", "email phone", "person_name"));
}

static void
test_strongest_priors_stand_first(void **state)
{
	struct class_context c;

	(void)state;
	classify_context(set, SPAN("pan"), SPAN("pan"), SPAN_NONE, SPAN_NONE, &c);
	assert_true(c.n >= 2); /* a card's, or an Indian's */
	for (unsigned i = 1; i < c.n; i++)
		assert_true(c.of[i - 1].prior >= c.of[i].prior);
	assert_int_equal(c.of[0].cls, ID_CARD_NUMBER);
}

static void
test_odd_names_are_survived(void **state)
{
	static const char *const names[] = {"", ".", "[]", "....", "a.", ".a", "[][].[]",
	    "\xff\xfe", "\xc3", "____", "@type", "$ref", "\\.a\\[b"};

	(void)state;
	for (size_t i = 0; i < LENGTH(names); i++)
		assert_true(prior_in(names[i], names[i], names[i], "iban") <= 60);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_say_what_they_end_with),
	    cmocka_unit_test(test_words_with_another_meaning_say_nothing),
	    cmocka_unit_test(test_references_speak_against_every_class),
	    cmocka_unit_test(test_siblings_and_endpoint_add_to_weak_names),
	    cmocka_unit_test(test_strongest_priors_stand_first),
	    cmocka_unit_test(test_odd_names_are_survived),
	};

	return cmocka_run_group_tests(tests, make_set, free_set);
}
