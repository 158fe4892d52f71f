/* What a word looks like: see learn_place.h. */
#include "policy/learn_place.h"
#include "redact/words.h"

/* Literals that stand beside parameters, from the habits of REST APIs; sorted. */
static const char *const action[] = {"accept", "access", "account", "action", "activate",
    "active", "activity", "add", "admin", "aggregate", "all", "analytics", "apply",
    "approve", "archive", "archived", "assign", "attach", "audit", "auth", "authenticate",
    "authorize", "autocomplete", "available", "avatar", "balance", "batch", "billing",
    "bulk", "calculate", "callback", "cancel", "capabilities", "change", "check",
    "checkout", "clear", "clone", "close", "closed", "complete", "config",
    "configuration", "confirm", "connect", "content", "copy", "count", "counts", "create",
    "current", "dashboard", "deactivate", "debug", "default", "defaults", "delete",
    "details", "disable", "download", "draft", "drafts", "duplicate", "edit", "enable",
    "estimate", "execute", "export", "featured", "feed", "filter", "filters", "find",
    "generate", "get", "global", "health", "healthz", "history", "home", "import",
    "inbound", "inbox", "index", "info", "init", "invite", "join", "latest", "leave",
    "like", "list", "live", "lock", "login", "logout", "lookup", "me", "members", "merge",
    "meta", "metadata", "metrics", "mine", "move", "my", "new", "next", "notify", "oauth",
    "open", "options", "order", "outbound", "overview", "password", "pause", "payment",
    "ping", "popular", "preferences", "preview", "price", "private", "process", "profile",
    "profiles", "public", "publish", "query", "queue", "random", "read", "ready",
    "rebuild", "recent", "recommendations", "recommended", "refresh", "register",
    "reindex", "reject", "release", "reload", "remaining", "remove", "rename", "render",
    "reopen", "replace", "report", "reports", "request", "reset", "resolve", "restart",
    "restore", "result", "results", "resume", "retry", "revoke", "root", "rotate", "run",
    "save", "schedule", "schema", "search", "self", "send", "session", "sessions",
    "settings", "setup", "share", "shared", "signup", "simulate", "star", "starred",
    "start", "state", "statistics", "stats", "status", "stop", "stream", "submit",
    "subscribe", "suggest", "suggestions", "summary", "suspend", "sync", "template",
    "templates", "test", "token", "tokens", "top", "total", "totals", "transfer",
    "trending", "trigger", "types", "unlock", "unpublish", "unread", "unsubscribe",
    "unused", "update", "updated", "upload", "uploads", "usage", "used", "user",
    "validate", "verify", "version", "versions", "view", "whoami"};

/* What paths begin with. */
static const char *const base[] = {
    "api", "apis", "latest", "public", "rest", "service", "services", "v"};

static const char *const vocabulary[26] = {
#define X(letter, words) [letter - 'a'] = words,
#include "policy/learn_words.def"
#undef X
};

#define COMMON_MAX 24 /* letters of the longest word worth looking for */

static bool
listed(const char *const *list, size_t n, struct span s)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = span_cmp(span_str(list[mid]), s);

		if (c == 0)
			return true;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

static bool
is_version(struct span s)
{
	size_t i = ascii_lower(s.p[0]) == 'v';
	bool digit = false;

	for (; i < s.n; i++) {
		if (ascii_is_digit(s.p[i]))
			digit = true;
		else if (s.p[i] != '.' && s.p[i] != '-' &&
		    (!digit || !ascii_is_letter(s.p[i])))
			return false;
	}
	return digit;
}

static bool
is_plural(struct span s)
{
	return s.n >= 4 && s.p[s.n - 1] == 's' && s.p[s.n - 2] != 's' &&
	    s.p[s.n - 2] != 'u' && s.p[s.n - 2] != 'i';
}

/* A word of the vocabulary as it stands there. */
static bool
is_listed_word(const char *p, size_t n)
{
	char key[COMMON_MAX + 3] = " ";
	const char *words;

	if (n == 0 || n > COMMON_MAX || p[0] < 'a' || p[0] > 'z')
		return false;
	memcpy(key + 1, p, n);
	key[n + 1] = ' ';
	key[n + 2] = '\0';
	words = vocabulary[p[0] - 'a'];
	return strstr(words, key) != NULL;
}

/* The same, or a plural of it, or with -ed, -d, -ing. */
static bool
is_common_word(const char *p, size_t n)
{
	char y[COMMON_MAX + 1];

	if (is_listed_word(p, n))
		return true;
	if (n > 3 && p[n - 1] == 's' &&
	    (is_listed_word(p, n - 1) || (p[n - 2] == 'e' && is_listed_word(p, n - 2))))
		return true;
	if (n > 4 && n <= COMMON_MAX && memcmp(p + n - 3, "ies", 3) == 0) {
		memcpy(y, p, n - 3);
		y[n - 3] = 'y';
		return is_listed_word(y, n - 2);
	}
	if (n > 4 && memcmp(p + n - 2, "ed", 2) == 0)
		return is_listed_word(p, n - 2) || is_listed_word(p, n - 1);
	return n > 5 && memcmp(p + n - 3, "ing", 3) == 0 && is_listed_word(p, n - 3);
}

/* Two words of the vocabulary in one, each of some length. */
static bool
is_compound(struct span s)
{
	char w[COMMON_MAX * 2];

	if (s.n < 6 || s.n > sizeof(w))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_letter(s.p[i]))
			return false;
		w[i] = ascii_lower(s.p[i]);
	}
	for (size_t i = 3; i + 3 <= s.n; i++)
		if (is_common_word(w, i) && is_common_word(w + i, s.n - i))
			return true;
	return false;
}

/* Every piece between - _ . and at humps is common; digits and single letters pass. */
static bool
is_common(struct span s)
{
	char w[COMMON_MAX];
	size_t n = 0;

	for (size_t i = 0; i <= s.n; i++) {
		char c = i < s.n ? s.p[i] : '-';
		bool upper = c >= 'A' && c <= 'Z';
		bool hump = upper && i > 0 && s.p[i - 1] >= 'a' && s.p[i - 1] <= 'z';

		if (!ascii_is_letter(c) || hump) {
			if (n > 1 && !is_common_word(w, n))
				return false;
			n = 0;
		}
		if (ascii_is_letter(c)) {
			if (n == sizeof(w))
				return false;
			w[n++] = ascii_lower(c);
		}
	}
	return true;
}

static bool
is_action(struct span s)
{
	char w[COMMON_MAX];

	if (s.n > sizeof(w))
		return false;
	for (size_t i = 0; i < s.n; i++)
		w[i] = ascii_lower(s.p[i]);
	return listed(action, sizeof(action) / sizeof(*action), span_make(w, s.n));
}

struct look {
	unsigned hyphens;
	bool code; /* _ or . */
	bool hump;
	bool lower;
};

static struct look
word_look(struct span text)
{
	struct look k = {0};

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		k.hyphens += c == '-';
		k.code |= c == '_' || c == '.';
		k.hump |= c >= 'A' && c <= 'Z' && k.lower;
		k.lower |= c >= 'a' && c <= 'z';
	}
	return k;
}

/* What people upload and download: names of such files are values. */
static bool
is_document(struct span s)
{
	static const char endings[] =
	    " bmp csv doc docx gif gz jpeg jpg mov mp3 mp4 pdf png svg tar txt wav webp "
	    "xls xlsx zip ";
	const char *dot = s.n ? memrchr(s.p, '.', s.n) : NULL;
	size_t n = dot ? (size_t)(s.p + s.n - dot - 1) : 0;
	char key[8] = " ";

	if (n < 2 || n > 4)
		return false;
	for (size_t i = 0; i < n; i++)
		key[i + 1] = ascii_lower(dot[i + 1]);
	key[n + 1] = ' ';
	return strstr(endings, key) != NULL;
}

enum place_word
learn_word_of(struct span text)
{
	struct look k = word_look(text);
	bool common;

	if (text.n == 0 || is_version(text) ||
	    listed(base, sizeof(base) / sizeof(*base), text))
		return WORD_VERSION;
	if (is_action(text))
		return WORD_ACTION;
	if (is_document(text))
		return WORD_SLUG;
	common = is_common(text);
	if (k.hump || (k.code && common))
		return WORD_CODE;
	if (!common && !words_known(text))
		return is_compound(text) ? WORD_COMPOUND : WORD_RELEASED;
	if (k.hyphens > 2)
		return WORD_SLUG;
	if (common)
		return is_plural(text) && !k.hyphens ? WORD_PLURAL : WORD_COMMON;
	if (text.p[0] >= 'A' && text.p[0] <= 'Z' && k.lower)
		return WORD_NAME;
	return k.hyphens || k.code ? WORD_JOINED : WORD_PLAIN;
}

enum place_word
learn_word_of_token(struct span shape)
{
	struct span class = span_cut(&shape, ':'), length = span_cut(&shape, ':');
	unsigned hyphens = 0, humps = 0, dots = 0;

	if (span_absent(shape) || span_absent(length))
		return WORD_TOKEN;
	for (size_t i = 0; i < shape.n; i++) {
		char c = shape.p[i];

		hyphens += c == '-';
		dots += c == '.';
		humps += c == '_' || (c == 'A' && i > 0);
		if (c != 'a' && c != 'A' && c != '-' && c != '_' && c != '.')
			return WORD_TOKEN_ODD;
	}
	if (hyphens > 1 || span_eq(class, SPAN("file")))
		return WORD_TOKEN_ODD;
	return humps ? WORD_TOKEN_CODE : dots ? WORD_TOKEN_DOT : WORD_TOKEN;
}
