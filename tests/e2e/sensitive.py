"""Sensitive values that nobody owns, the places and encodings of HTTP to put them, and the forms
in which a leak of one would show. Everything is drawn from a seed: the same at each run."""
import base64
import gzip
import json
import random
import re
import zlib
from urllib.parse import quote

DICTIONARY = "/usr/share/dict/american-english"
B64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


# --- values -----------------------------------------------------------------------------

def luhn_digit(digits):
    total = 0
    for i, c in enumerate(reversed(digits)):
        n = int(c) * (2 if i % 2 == 0 else 1)
        total += n - 9 if n > 9 else n
    return str(-total % 10)


class Values:
    """values[class] = list of text."""

    def __init__(self, seed=1, scale=1.0):
        self.rng = random.Random(seed)
        with open(DICTIONARY) as f:
            self.words = {w.strip().lower() for w in f}
        self.all = {}
        for cls, n, draw in (("card", 700, self.card), ("ssn", 400, self.ssn),
                             ("name", 400, self.name), ("email", 400, self.email),
                             ("phone", 200, self.phone), ("iban", 150, self.iban),
                             ("jwt", 200, self.jwt), ("key", 400, self.key),
                             ("password", 400, self.password)):
            seen = set()
            while len(seen) < n * scale:
                seen.add(draw())
            self.all[cls] = sorted(seen)

    def digits(self, n):
        return "".join(self.rng.choice("0123456789") for _ in range(n))

    def text(self, alphabet, n):
        return "".join(self.rng.choice(alphabet) for _ in range(n))

    def card(self):
        prefix, n = self.rng.choice((("4", 16), ("51", 16), ("55", 16), ("2223", 16),
                                     ("37", 15), ("6011", 16), ("3528", 16)))
        body = prefix + self.digits(n - len(prefix) - 1)
        number = body + luhn_digit(body)
        shape = self.rng.randrange(3)
        if shape == 0 or n != 16:
            return number
        return re.sub(r"(\d{4})(?=\d)", r"\1" + "- "[shape - 1], number)

    def ssn(self):
        area = self.rng.choice([a for a in range(1, 900) if a != 666])
        return f"{area:03d}-{self.rng.randrange(1, 100):02d}-{self.rng.randrange(1, 10000):04d}"

    def surname(self):
        while True:
            word = "".join(self.rng.choice("bdfgklmnprstvz") + self.rng.choice("aeiou")
                           for _ in range(4)) + self.rng.choice("kmnrsz")
            if word not in self.words:
                return word.capitalize()

    def name(self):
        return f"{self.surname()} {self.surname()}"

    def email(self):
        return f"{self.surname()}.{self.surname()}@{self.surname()}.example".lower()

    def phone(self):
        return f"+1{self.rng.randrange(201, 989)}{self.rng.randrange(200, 999)}{self.digits(4)}"

    def iban(self):
        body = self.digits(18)
        check = 98 - int(body + "131400") % 97
        return f"DE{check:02d}{body}"

    def jwt(self):
        def part(data):
            return base64.urlsafe_b64encode(data).decode().rstrip("=")
        return ".".join((part(b'{"alg":"HS256","typ":"JWT"}'),
                         part(json.dumps({"sub": self.name(), "jti": self.digits(12)}).encode()),
                         part(self.rng.randbytes(32))))

    def key(self):
        return self.rng.choice((
            lambda: "sk_live_" + self.text(ALNUM, 24), lambda: "AKIA" + self.text(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
            lambda: "ghp_" + self.text(ALNUM, 36), lambda: "AIza" + self.text(B64URL, 35),
            lambda: "xoxb-" + self.digits(12) + "-" + self.text(ALNUM, 24),
            lambda: self.text("0123456789abcdef", 40)))()

    def password(self):
        return (self.text("BCDFGHJKLMNPQRSTVWXZ", 2) + self.text("bcdfghjklmnpqrstvwxz", 4) +
                self.text("!#$*^~", 1) + self.digits(2) + self.text(ALNUM, 4))


# --- encodings of a value inside text ----------------------------------------------------

def percent(text):
    return "".join(f"%{b:02X}" for b in text.encode())


ENCODINGS = {
    "plain": lambda v: v,
    "percent": percent,
    "double percent": lambda v: quote(percent(v), safe=""),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "hex": lambda v: v.encode().hex(),
    "in text": lambda v: f"please note {v} for later, thank you",
    "upper": str.upper,
}


def in_url(text):
    """As it can stand in a URL, percent signs and all."""
    return quote(text, safe="%+=_-.~@!$&'()*,;:")


def json_escaped(v):
    return '"' + "".join(f"\\u{ord(c):04x}" for c in v) + '"'


def xml_entities(v):
    return "".join(f"&#x{ord(c):x};" if i % 2 else f"&#{ord(c)};" for i, c in enumerate(v))


def token_chars(v):
    """What of a value may stand in a token of HTTP: header and method names."""
    return re.sub(r"[^0-9A-Za-z!#$%&'*+.^_`|~-]", "-", v)


# --- requests ----------------------------------------------------------------------------

class Request:
    def __init__(self, method="GET", path="/", headers=None, body=None, host="api.example"):
        self.method, self.path, self.body, self.host = method, path, body, host
        self.headers = dict(headers or {})

    def bytes(self):
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        if self.host is not None:
            lines.append(f"Host: {self.host}")
        lines += [f"{k}: {v}" for k, v in self.headers.items()]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8") + (self.body or b"")


def post(body, kind, path="/orders", headers=()):
    if isinstance(body, str):
        body = body.encode()
    return Request("POST", path, {"Content-Type": kind, **dict(headers)}, body)


def multipart(parts):
    body = b""
    for head, content in parts:
        body += b"--cut\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n"
    return body + b"--cut--\r\n"


def form_part(name, content, more=""):
    return (f'Content-Disposition: form-data; name="{name}"{more}', content.encode())


# name: function of value v and its encoded text e (one of ENCODINGS) to a request.
PLACES = {
    "path segment": lambda v, e: Request(path=f"/users/{in_url(e)}"),
    "path inside": lambda v, e: Request(path=f"/users/{in_url(e)}/orders"),
    "path last of many": lambda v, e: Request(path=f"/files/documents/{in_url(e)}.pdf"),
    "path with matrix": lambda v, e: Request(path=f"/items/7;owner={in_url(e)}"),
    "path with key": lambda v, e: Request(path=f"/Users('{in_url(e)}')"),
    "path with verb": lambda v, e: Request(path=f"/items/7:{in_url(e)}"),
    "path of a stranger": lambda v, e: Request(path=f"/{in_url(e)}"),
    "query value": lambda v, e: Request(path=f"/search?q={in_url(e)}&page=2"),
    "query name": lambda v, e: Request(path=f"/search?{in_url(e)}=1"),
    "query alone": lambda v, e: Request(path=f"/search?{in_url(e)}"),
    "query of a query": lambda v, e: Request(path="/go?next=" + quote(f"/x?card={e}", safe="")),
    "header": lambda v, e: Request(path="/me", headers={"X-Customer": e}),
    "header name": lambda v, e: Request(path="/me", headers={"X-" + token_chars(e): "1"}),
    "cookie": lambda v, e: Request(path="/me", headers={"Cookie": f"sid=1; owner={quote(e)}"}),
    "cookie name": lambda v, e: Request(path="/me", headers={"Cookie": f"{token_chars(e)}=1"}),
    "bearer": lambda v, e: Request(path="/me", headers={"Authorization": f"Bearer {quote(e)}"}),
    "basic": lambda v, e: Request(path="/me", headers={
        "Authorization": "Basic " + base64.b64encode(f"{e}:{e}".encode()).decode()}),
    "api key": lambda v, e: Request(path="/me", headers={"X-Api-Key": quote(e)}),
    "referer and agent": lambda v, e: Request(path="/me", headers={
        "Referer": f"https://app.example/{quote(e)}", "User-Agent": f"app/{quote(e)}"}),
    "json": lambda v, e: post(json.dumps({"customer": {"value": e}}), "application/json"),
    "json in lists": lambda v, e: post(json.dumps([[{"v": [e, e]}]]), "application/json"),
    "json key": lambda v, e: post(json.dumps({"by": {e: 1}}), "application/json"),
    "json key escaped": lambda v, e: post('{"by":{%s:{"n":1}}}' % json_escaped(e),
                                          "application/json"),
    "json escaped": lambda v, e: post('{"value":%s}' % json_escaped(e), "application/json"),
    "json number": lambda v, e: post('{"value":%s}' % (re.sub(r"\D", "", v).lstrip("0") or "0"),
                                     "application/json"),
    "json vendor type": lambda v, e: post(json.dumps({"value": e}), "application/vnd.x.v2+json"),
    "json gzip": lambda v, e: post(gzip.compress(json.dumps({"value": e}).encode()),
                                   "application/json", headers={"Content-Encoding": "gzip"}),
    "json deflate": lambda v, e: post(zlib.compress(json.dumps({"value": e}).encode()),
                                      "application/json", headers={"Content-Encoding": "deflate"}),
    "json utf-16": lambda v, e: post(json.dumps({"value": e}).encode("utf-16"),
                                     "application/json; charset=utf-16"),
    "json broken": lambda v, e: post('{"value":"%s", "x":' % e.replace('"', ""),
                                     "application/json"),
    "json twice": lambda v, e: post('{"a":%s,"a":%s}' % (json.dumps(e), json.dumps(e)),
                                    "application/json"),
    "json untyped": lambda v, e: post(json.dumps({"value": e}), "text/plain"),
    "form": lambda v, e: post(f"name={quote(e)}&x=1", "application/x-www-form-urlencoded"),
    "form name": lambda v, e: post(f"{quote(e)}=1", "application/x-www-form-urlencoded"),
    "multipart": lambda v, e: post(multipart([form_part("owner", e)]),
                                   "multipart/form-data; boundary=cut"),
    "multipart name": lambda v, e: post(multipart([form_part(quote(e), "1")]),
                                        "multipart/form-data; boundary=cut"),
    "multipart file name": lambda v, e: post(
        multipart([form_part("file", "x", f'; filename="{quote(e)}.txt"')]),
        "multipart/form-data; boundary=cut"),
    "multipart file": lambda v, e: post(
        multipart([form_part("file", e, '; filename="a.txt"\r\nContent-Type: text/plain')]),
        "multipart/form-data; boundary=cut"),
    "multipart boundary": lambda v, e: post(b"x", "multipart/form-data; boundary=" + quote(e)),
    "xml": lambda v, e: post(f"<order><owner>{xml_entities(e)}</owner></order>", "text/xml"),
    "xml cdata": lambda v, e: post(f"<order><owner><![CDATA[{e}]]></owner></order>",
                                   "application/xml"),
    "xml attribute": lambda v, e: post(f'<order owner="{xml_entities(e)}"/>', "application/xml"),
    "xml element": lambda v, e: post(f"<order><x{re.sub(r'[^0-9A-Za-z.-]', '_', e)}/></order>",
                                     "application/xml"),
    "soap": lambda v, e: post(
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f"<x{re.sub(r'[^0-9A-Za-z.-]', '_', e)}>{xml_entities(e)}"
        f"</x{re.sub(r'[^0-9A-Za-z.-]', '_', e)}></s:Body></s:Envelope>",
        "text/xml", "/soap", {"SOAPAction": quote(e)}),
    "graphql variable": lambda v, e: post(json.dumps(
        {"query": "query($v:String){user(owner:$v){id}}", "variables": {"v": e}}),
        "application/json", "/graphql"),
    "graphql argument": lambda v, e: post(json.dumps(
        {"query": "{user(owner:%s){id}}" % json.dumps(e)}), "application/json", "/graphql"),
    "graphql names": lambda v, e: post(json.dumps(
        {"query": "query q%s{a%s:f%s{id}}" % ((re.sub(r"\W", "_", e),) * 3)}),
        "application/json", "/graphql"),
    "json-rpc": lambda v, e: post(json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": token_chars(e), "params": [e]}),
        "application/json", "/rpc"),
    "host": lambda v, e: Request(path="/me", host=re.sub(r"[^0-9a-z-]", "-", e.lower())[:60] +
                                 ".example"),
    "host alone": lambda v, e: Request(path="/me", host=re.sub(r"[^0-9a-z-]", "-", e.lower())[:60]),
    "method": lambda v, e: Request(token_chars(e)[:40], "/me"),
    "content type": lambda v, e: post(b"x", "application/x-" + token_chars(e)),
    "content encoding": lambda v, e: post(b"x", "text/plain",
                                          headers={"Content-Encoding": token_chars(e)}),
    "unique id": lambda v, e: Request(path="/denied", headers={"X-Request-Id": quote(e)}),
    "refused path": lambda v, e: Request(path=f"/denied/{in_url(e)}"),
    "path not found": lambda v, e: Request(path=f"/missing/{in_url(e)}"),
}

# Where the API puts them: name to (headers, body) of an answer.
ANSWERS = {
    "json": lambda v: ([("content-type", "application/json")], json.dumps({"data": [{"v": v}]})),
    "json key": lambda v: ([("content-type", "application/json")], json.dumps({"by": {v: 1}})),
    "json escaped": lambda v: ([("content-type", "application/json")],
                               '{"v":%s}' % json_escaped(v)),
    "json in text": lambda v: ([("content-type", "application/json")],
                               json.dumps({"note": f"customer {v} called"})),
    "json gzip": lambda v: ([("content-type", "application/json"), ("content-encoding", "gzip")],
                            gzip.compress(json.dumps({"v": v}).encode())),
    "json cut": lambda v: ([("content-type", "application/json")],
                           json.dumps({"v": v, "pad": "x" * 40000})),
    "xml": lambda v: ([("content-type", "text/xml")], f"<a b='1'>{xml_entities(v)}</a>"),
    "text": lambda v: ([("content-type", "text/plain")], f"owner: {v}"),
    "html": lambda v: ([("content-type", "text/html")], f"<p>{xml_entities(v)}</p>"),
    "location": lambda v: ([("location", "/users/" + quote(v))], ""),
    "cookie": lambda v: ([("set-cookie", f"{token_chars(v)}={quote(v)}")], "{}"),
    "content type": lambda v: ([("content-type", "text/x-" + token_chars(v))], "x"),
}


# --- forms of a leak ---------------------------------------------------------------------

WINDOW = 16  # of long values: any 31 bytes in a row hold one


def pieces(v):
    """The value, or windows of it where it is long: a cut one is a leak as well."""
    if len(v) <= 2 * WINDOW:
        return [v]
    start = v.find(".") + 1  # of a JWT the header is no secret
    return [v[i:i + WINDOW] for i in range(start, len(v) - WINDOW + 1, WINDOW)]


def base64_cores(data):
    """What base64 of any text that holds these bytes has to hold: three alignments."""
    found = []
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
        first = (8 * shift + 5) // 6
        last = (8 * (shift + len(data))) // 6
        found.append(text[first:last])
    return found


def forms(v):
    """(kind, bytes, bounded) of each form; ASCII case does not count when they are looked for."""
    for piece in pieces(v):
        data = piece.encode()
        numeric = piece.isdigit()
        yield "raw", data, numeric
        yield "hex", data.hex().encode(), False
        for core in base64_cores(data):
            yield "base64", core.encode(), False
            if set(core) & set("+/"):
                yield "base64url", core.replace("+", "-").replace("/", "_").encode(), False
        yield "percent", percent(piece).encode(), False
        yield "percent twice", quote(percent(piece), safe="").encode(), False
        if quote(piece, safe="") != piece:
            yield "quoted", quote(piece, safe="").encode(), False
            yield "quoted twice", quote(quote(piece, safe=""), safe="").encode(), False
        yield "json", json_escaped(piece)[1:-1].encode(), False
        yield "entities", xml_entities(piece).encode(), False
        yield "utf-16le", piece.encode("utf-16-le"), False
        yield "utf-16be", piece.encode("utf-16-be"), False
    digits = re.sub(r"\D", "", v)
    if digits != v and len(digits) >= 9 and not re.search(r"[A-Za-z]{5}", v):
        yield "digits", digits.encode(), True
        yield "digits base64", base64_cores(digits.encode())[0].encode(), False
    words = re.split(r"[ .@]", v)
    if len(words) > 1 and all(w.isalpha() for w in words):
        for w in words:
            if len(w) >= 9:
                yield "word", w.encode(), False
