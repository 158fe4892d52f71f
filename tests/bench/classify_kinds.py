"""What fields are drawn of: kinds that have a class, with the names people give them, and kinds
that have none."""
import datetime
import json
import string
import uuid

from classify_draw import CITIES, COMPANIES, COUNTRIES, FAMILY, GIVEN, PRODUCTS, WORDS, Draw

# class, names, parents or siblings that a weak name needs, how often of ten with separators.
# draw: method of Draw. shape: how the value is written.
NATIONAL = {
    "us_ssn": ("ssn", ["ssn", "social security number", "socialSecurityNumber", "employee ssn", "taxpayer ssn", "ssn value", "social_security_no"]),
    "us_itin": ("itin", ["itin", "taxpayer itin", "individual taxpayer identification number"]),
    "ca_sin": ("sin", ["sin", "social insurance number", "employee sin", "sin number"]),
    "au_tfn": ("tfn", ["tfn", "tax file number", "employee tfn"]),
    "nl_bsn": ("bsn", ["bsn", "burgerservicenummer", "patient bsn", "citizen service number"]),
    "br_cpf": ("cpf", ["cpf", "customer cpf", "numero cpf", "cpf number", "titular cpf"]),
    "pl_pesel": ("pesel", ["pesel", "numer pesel", "client pesel"]),
    "tr_tckn": ("tckn", ["tckn", "tc kimlik no", "kimlik no"]),
    "de_idnr": ("idnr", ["steuer id", "steuerliche identifikationsnummer", "steueridentifikationsnummer", "idnr"]),
    "be_nn": ("be_nn", ["rijksregisternummer", "niss", "insz"]),
    "no_fnr": ("no_fnr", ["fodselsnummer", "fnr", "kunde fodselsnummer"]),
    "se_pnr": ("se_pnr", ["personnummer", "personnr", "kund personnummer"]),
    "fi_hetu": ("fi_hetu", ["hetu", "henkilotunnus"]),
    "dk_cpr": ("dk_cpr", ["cpr", "cpr number", "cpr nummer"]),
    "ch_ahv": ("ahv", ["ahv", "ahv nummer", "avs number"]),
    "in_aadhaar": ("aadhaar", ["aadhaar", "aadhaar number", "aadhar no"]),
    "in_pan": ("in_pan", ["pan number", "pan card", "permanent account number"]),
    "za_id": ("za_id", ["sa id number", "rsa id", "south african id"]),
    "kr_rrn": ("rrn", ["rrn", "resident registration number", "jumin number"]),
    "cn_ric": ("cn_ric", ["id card no", "resident identity number", "id card number"]),
    "th_id": ("th_id", ["thai id", "citizen id", "thai national id"]),
    "ro_cnp": ("ro_cnp", ["cnp", "client cnp"]),
    "jp_mynumber": ("mynumber", ["my number", "employee my number"]),
    "es_dni": ("dni", ["dni", "nie", "nif", "titular dni", "dni number"]),
    "fr_nir": ("nir", ["nir", "numero securite sociale", "numero insee"]),
    "it_cf": ("codice", ["codice fiscale", "fiscal code", "cliente codice fiscale"]),
    "mx_curp": ("curp", ["curp", "empleado curp"]),
    "sg_nric": ("nric", ["nric", "nric number", "customer nric"]),
    "uk_nino": ("nino", ["nino", "national insurance number", "ni number"]),
    "cl_rut": ("rut", ["rut", "cliente rut"]),
    "ie_pps": ("pps", ["ppsn", "pps number"]),
    "uk_nhs": ("nhs", ["nhs number", "patient nhs number", "nhs no"]),
    "us_npi": ("npi", ["npi", "provider npi", "npi number", "prescriber npi"]),
    "us_mbi": ("mbi", ["mbi", "medicare beneficiary identifier", "medicare number"]),
}
# What a value looks like with separators: sizes of groups and separators.
PRINTED = {"us_ssn": None, "ca_sin": ("333", " -"), "au_tfn": ("333", " "), "br_cpf": "cpf", "in_aadhaar": ("444", " -"),
           "uk_nhs": ("334", " "), "us_mbi": ("434", "-"), "kr_rrn": ("67", "-"), "uk_nino": ("22221", " "), "se_pnr": ("84", "-"),
           "be_nn": "be"}

PEOPLE = {
    "person_name": [("name", ["full name", "customer name", "cardholder name", "contact name", "patient name", "account holder", "recipient name", "nombre completo",
                              "beneficiary name", "passenger name", "employee name", "user.name", "customer.name", "patient.name", "contact.name", "legal name"]),
                    ("given", ["first name", "given name", "user first name", "vorname", "prenom", "fname", "firstname", "forename", "contact.first_name"]),
                    ("family", ["last name", "surname", "family name", "nachname", "apellido", "lname", "user last name", "cognome", "lastname"])],
    "email": [("email", ["email", "email address", "user email", "contact email", "e-mail", "mail", "primary email", "billing email", "emails[]", "notify to", "login",
                         "value", "contact", "username", "account"])],
    "phone": [("phone", ["phone", "phone number", "mobile", "mobile phone", "telephone", "cell phone", "tel", "fax", "contact number", "home phone", "telefon", "telefono",
                         "user phone", "msisdn", "whatsapp number"])],
    "address": [("street", ["street", "street address", "address line 1", "addressLine1", "address.street", "shipping address.line1", "billing address.line1", "strasse", "calle",
                            "home address", "address1", "rue", "delivery address.street"]),
                ("address", ["address", "full address", "billing address", "shipping address", "postal address", "formatted address", "mailing address"])],
    "birth_date": [("born", ["birth date", "date of birth", "dob", "birthday", "birthdate", "geburtsdatum", "fecha nacimiento", "patient dob", "date naissance"])],
    "ip_address": [("ipv4", ["ip", "ip address", "client ip", "remote addr", "source ip", "last login ip", "ips[]", "host ip", "x-forwarded-for"]),
                   ("ipv6", ["ip", "ipv6", "ip address", "client ip", "peer", "value"])],
    "mac_address": [("mac", ["mac", "mac address", "bssid", "hardware address", "value"])],
    "passport": [("passport", ["passport number", "passport no", "passport", "passportNumber", "traveler.passport", "reisepass nummer"])],
    "driving_licence": [("licence", ["driving licence number", "driver license", "drivers license number", "dl number", "driving licence", "fuhrerschein nummer"])],
    "geo_position": [("coordinate", ["latitude", "longitude", "lat", "lng", "location.lat", "location.lon", "geo.latitude", "coordinates[]", "gps.longitude"]),
                     ("position", ["position", "coordinates", "location", "latlng", "value"])],
    "icd10": [("icd", ["icd10", "diagnosis code", "icd code", "icd10 code", "dx code", "primary diagnosis code", "icd_10_cm"])],
    "medical_record": [("mrn", ["mrn", "medical record number", "patient mrn"])],
    "health_insurance": [("member", ["health insurance number", "insurance member id", "medicaid id", "health card number", "health plan id"])],
    "national_id": [("document", ["national id", "national id number", "tax id", "identity card number", "taxpayer identification number", "government id", "cedula"])],
    "iban": [("iban", ["iban", "account iban", "bank account.iban", "creditor iban", "payout iban", "bank.account", "value", "data"])],
    "bank_account": [("account", ["bank account number", "bank.account_number", "checking account number", "bank account.number", "kontonummer", "ach.account_number", "payee.bank_account_number"])],
    "bank_routing": [("aba", ["routing number", "aba", "bank routing number", "ach routing number", "aba routing"]), ("sort_code", ["sort code", "bank sort code"])],
    "card_number": [("card", ["card number", "credit card number", "pan", "cc number", "card.number", "payment.card_number", "creditCard.number", "debit card number", "ccNum",
                              "payment method.card.number", "cardNo", "primary account number"])],
    "card_code": [("cvv", ["cvv", "cvc", "card.cvv", "security code", "cvv2", "card.cvc", "card verification value", "cvvCode"])],
    "pin": [("pin", ["card pin", "pin number", "atm pin"])],
    "jwt": [("jwt", ["token", "access token", "id token", "jwt", "auth", "value", "data.token", "session", "field7"])],
    "provider_key": [("provider_key", ["value", "token", "api key", "key", "secret", "config.github", "setting", "credentials.key", "x", "integration"])],
    "private_key": [("pem", ["private key", "key", "value", "pem", "ssl.key", "content"])],
    "password": [("password", ["password", "passwd", "pwd", "user password", "new password", "confirm password", "db password", "root password", "passphrase", "kennwort", "contrasena",
                               "credentials.password", "smtp password", "old_password"])],
    "secret": [("secret", ["client secret", "api key", "secret key", "access token", "refresh token", "api secret", "webhook secret", "auth token", "signing secret", "session token",
                           "x-api-key", "secret", "consumer secret", "access key", "private token", "encryption key"])],
}
WEAK_NAMES = {"value", "data", "x", "field7", "integration", "setting", "peer", "contact", "login", "username", "account", "notify to", "content", "token", "auth", "session",
              "key", "position", "location", "credentials.key", "config.github", "data.token", "secret"}
ALONG = {"card_code": "number expiry holder brand", "card_number": "expiry_month expiry_year cvv holder", "bank_account": "bank_name routing_number holder",
         "address": "city zip country state", "geo_position": "lat lng accuracy", "bank_routing": "account_number bank"}
# Kinds whose values prove themselves: one message is enough whatever the name.
STRONG = {"jwt", "provider_key", "private_key"}


def value_of(d, cls, what):
    """One value of a class."""
    r = d.r
    if cls in NATIONAL:
        v = getattr(d, NATIONAL[cls][0])()
        printed = PRINTED.get(cls)
        if cls in ("us_ssn", "us_itin") and what == "bare":
            return v.replace("-", "")
        if what == "bare" or not printed:
            return v
        if printed == "cpf":
            return f"{v[:3]}.{v[3:6]}.{v[6:9]}-{v[9:]}"
        if printed == "be":
            return f"{v[:2]}.{v[2:4]}.{v[4:6]}-{v[6:9]}.{v[9:]}"
        sizes, seps = printed
        return d.grouped(v, *map(int, sizes), sep=seps[0])
    simple = {"name": d.name, "given": lambda: r.choice(GIVEN), "family": lambda: r.choice(FAMILY), "coordinate": lambda: round(r.uniform(-89, 89), 6),
              "position": lambda: f"{r.uniform(-89, 89):.5f},{r.uniform(-179, 179):.5f}", "mrn": lambda: d.pick(d.digits(8), "MRN" + d.digits(7), d.letters(2) + d.digits(6)),
              "member": lambda: d.pick(d.letters(3) + d.digits(9), d.digits(10), d.letters(1) + d.digits(8)),
              "document": lambda: d.pick(d.digits(9), d.letters(2) + d.digits(7), d.digits(11), d.digits(2) + "-" + d.digits(7), d.letters(1) + d.digits(8)),
              "account": lambda: d.digits(r.randint(7, 14), list("123456789")), "sort_code": lambda: f"{d.digits(2)}-{d.digits(2)}-{d.digits(2)}",
              "cvv": lambda: d.digits(d.pick(3, 3, 4)), "pin": lambda: d.digits(4), "born": d.born}
    if what == "card":
        v = d.card()
        return d.grouped(v, 4, 4, 4, 4, sep=" ") if d.mode == "printed" and len(v) == 16 else v
    if what == "iban":
        v = d.iban()
        return d.grouped(v, *[4] * 9) if d.mode == "printed" else v
    if what == "aba":
        return d.aba()
    return (simple.get(what) or getattr(d, {"jwt": "jwt", "pem": "pem"}.get(what, what)))()


def _order(d):
    return d.digits(16, list("123456789"))


def _tracking(d):
    return d.pick("1Z" + d.text(6, string.ascii_uppercase + string.digits) + d.digits(10), d.digits(12), d.digits(20), d.letters(2) + d.digits(9) + d.letters(2), "JD" + d.digits(18))


def _version(d):
    n = lambda m: str(d.r.randint(0, m))
    return d.pick(".".join((n(9), n(20), n(40))), ".".join((n(9), n(9), n(9), n(9))), "v" + n(9) + "." + n(30), f"{n(20)}.{n(9)}.{n(9)}-rc{n(4)}", "10.0." + n(29999) + "." + n(999))


def _sentence(d):
    return " ".join(d.r.choice(WORDS) for _ in range(d.r.randint(4, 14))).capitalize() + d.pick(".", "", " #" + d.digits(5), " (ref " + d.digits(10) + ")")


def _time(d):
    t = datetime.datetime(2024, 1, 1) + datetime.timedelta(seconds=d.r.randint(0, 60000000))
    return d.pick(t.isoformat() + "Z", t.strftime("%Y-%m-%d"), t.strftime("%Y-%m-%d %H:%M:%S"), t.strftime("%d/%m/%Y"))


def _isbn10(d):
    b = d.digits(9)
    c = (11 - Draw.weighted(b, range(10, 1, -1)) % 11) % 11
    return b + ("X" if c == 10 else str(c))


def _isbn13(d):
    b = "978" + d.digits(9)
    return b + str(-Draw.weighted(b, [1, 3] * 6) % 10)


# name of the kind: (value, names)
DECOYS = {
    "order16": (_order, ["order id", "order number", "orderNo", "order.id", "purchase order", "reference"]),
    "order_luhn": (lambda d: d.luhn(d.digits(15, list("123456789"))), ["order id", "order number", "orderNumber", "order.reference", "order.number"]),
    "order_card_like": (lambda d: d.luhn("4" + d.digits(14)), ["order number", "orderId"]),
    "plain_id16": (_order, ["id", "transaction id", "pspReference", "trace number", "number", "ref", "value", "external id", "code"]),
    "epoch_ms": (lambda d: 1500000000000 + d.r.randint(0, 300000000000), ["timestamp", "created at", "ts", "updated", "time", "lastSeen", "value", "expires at"]),
    "epoch_us": (lambda d: 1500000000000000 + d.r.randint(0, 300000000000000), ["timestamp", "time us", "ts", "value"]),
    "epoch_s": (lambda d: 1500000000 + d.r.randint(0, 300000000), ["timestamp", "created", "iat", "exp", "date", "start", "value", "updated_at"]),
    "sku_phone": (lambda d: f"{d.r.randint(201, 989)}-{d.r.randint(201, 989)}-{d.digits(4)}", ["sku", "item code", "part number", "article number", "product.code", "model number"]),
    "decimal": (lambda d: round(d.r.uniform(0, 5000), d.r.randint(1, 6)), ["amount", "price", "total", "value", "weight", "score", "balance", "tax", "ratio", "discount", "distance"]),
    "decimal_long": (lambda d: d.r.random(), ["score", "probability", "ratio", "value", "confidence", "ctr"]),
    "uuid": (lambda d: str(uuid.UUID(int=d.r.getrandbits(128), version=4)), ["id", "uuid", "request id", "correlation id", "user id", "order id", "value", "parent", "card id", "address id"]),
    "uuid_digits": (lambda d: f"{d.digits(8)}-{d.digits(4)}-4{d.digits(3)}-8{d.digits(3)}-{d.digits(12)}", ["id", "uuid", "ref", "value"]),
    "sha1": (lambda d: d.text(40, "0123456789abcdef"), ["sha", "commit", "hash", "etag", "digest", "checksum", "revision", "tree.sha", "value"]),
    "md5": (lambda d: d.text(32, "0123456789abcdef"), ["md5", "checksum", "hash", "fingerprint", "etag", "gravatar id", "value", "file hash"]),
    "hex_run": (lambda d: d.text(128, "0123456789abcdef"), ["payload", "data", "signature", "blob", "raw"]),
    "base64": (lambda d: d.text(160, string.ascii_letters + string.digits + "+/"), ["content", "data", "image", "payload", "thumbnail", "body"]),
    "version": (_version, ["version", "api version", "app version", "firmware", "build", "os version", "min version", "client version"]),
    "tracking": (_tracking, ["tracking number", "tracking id", "awb", "shipment.tracking", "waybill", "parcel number"]),
    "invoice": (lambda d: d.pick("INV-" + d.digits(8), d.digits(10), "2024-" + d.digits(6)), ["invoice number", "invoice id", "invoiceNo", "document number", "receipt number", "bill no"]),
    "imei": (lambda d: d.luhn("35" + d.digits(12)), ["imei", "device imei", "serial", "serial number"]),
    "ean": (lambda d: (lambda b: b + str(-Draw.weighted(b, [1, 3] * 6) % 10))(d.digits(12, ["40", "50", "30", "76", "0"])), ["ean", "gtin", "barcode", "ean13", "product.ean", "upc"]),
    "isbn10": (_isbn10, ["isbn", "isbn10", "book.isbn"]),
    "isbn13": (_isbn13, ["isbn", "isbn13"]),
    "siren": (lambda d: d.luhn(d.digits(8)), ["siren", "company number", "registration number", "duns"]),
    "int9": (lambda d: d.r.randint(100000000, 999999999), ["id", "user id", "account id", "customer id", "count", "value", "bytes", "node id", "parent id", "number"]),
    "int10": (lambda d: d.r.randint(1000000000, 9999999999), ["id", "message id", "size", "value", "seq", "reference number", "conversation id"]),
    "int11": (lambda d: d.r.randint(10000000000, 99999999999), ["id", "asset id", "job id", "value", "offset", "external reference"]),
    "int13": (lambda d: d.r.randint(1000000000000, 9999999999999), ["id", "event id", "value", "cursor", "sequence number"]),
    "int4": (lambda d: d.r.randint(100, 9999), ["port", "code", "count", "year", "status code", "page", "limit", "quantity", "room", "value", "error code", "last4", "card last4"]),
    "word": (lambda d: d.r.choice(WORDS), ["status", "type", "state", "kind", "category", "role", "plan", "card type", "phone type", "address type", "account type", "email type", "name type",
                                           "card brand", "level", "priority", "token type", "id type", "document type", "scheme"]),
    "product": (lambda d: d.r.choice(PRODUCTS), ["name", "title", "product name", "item.name", "products[].name", "label", "description", "display name", "category name", "file name",
                                                 "plan name", "event name", "project name", "repository.name", "template name", "role name", "domain name"]),
    "company": (lambda d: d.r.choice(COMPANIES), ["company", "organization name", "vendor.name", "company name", "merchant name", "bank name", "brand name", "carrier", "team name"]),
    "city": (lambda d: d.r.choice(CITIES), ["name", "office", "warehouse", "hub", "site name", "data center"]),
    "country": (lambda d: d.r.choice(COUNTRIES), ["country code", "currency", "locale", "language", "region code", "issuer country"]),
    "sentence": (_sentence, ["description", "message", "comment", "note", "summary", "title", "body", "reason", "text", "error message", "subject", "long description"]),
    "slug": (lambda d: "-".join(d.r.choice(WORDS) for _ in range(3)), ["slug", "key", "handle", "branch", "tag", "name", "permalink", "cluster name"]),
    "url": (lambda d: f"https://{d.r.choice(WORDS)}.example.com/{d.r.choice(WORDS)}/{d.digits(d.r.choice([5, 9, 13, 16]))}?page={d.digits(2)}", ["url", "href", "link", "avatar url", "callback url", "image", "self", "next",
                                                                                                                                                 "password reset url", "token url", "card url", "address url"]),
    "path": (lambda d: "/" + "/".join(d.r.choice(WORDS) for _ in range(3)) + "/" + d.text(12), ["path", "file path", "uri", "endpoint", "folder"]),
    "time": (_time, ["created at", "updated at", "timestamp", "date", "expires at", "start date", "due date", "last login", "published", "order date", "password changed at", "email verified at",
                     "card expires", "deleted_at", "hire date", "value"]),
    "boolean": (lambda d: d.pick(True, False), ["active", "email verified", "has phone", "is admin", "enabled", "phone verified", "requires password", "show address", "ssn provided", "has ssn",
                                                "password required", "valid", "name visible", "iban valid"]),
    "hexcolor": (lambda d: "#" + d.text(6, "0123456789abcdef"), ["color", "background", "colour", "fill"]),
    "mime": (lambda d: d.pick("application/json", "image/png", "text/html; charset=utf-8", "video/mp4"), ["content type", "mime type", "media type", "format"]),
    "zone": (lambda d: d.pick("Europe/Berlin", "America/New_York", "UTC", "Asia/Tokyo"), ["timezone", "tz", "time zone", "zone"]),
    "file": (lambda d: d.r.choice(WORDS) + "_" + d.digits(8) + d.pick(".pdf", ".png", ".csv", "@2x.png"), ["file name", "filename", "attachment", "document", "image name"]),
    "useragent": (lambda d: f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{d.r.randint(90, 140)}.0.{d.r.randint(1000, 9999)}.{d.r.randint(10, 255)} Safari/537.36", ["user agent", "ua", "browser", "client"]),
    "email_words": (lambda d: d.pick("Weekly newsletter", "Password reset", "Your order", "Welcome aboard"), ["email subject", "email template", "mail type", "sms template", "phone model", "email status"]),
    "phone_model": (lambda d: d.pick("iPhone 14 Pro", "Pixel 8", "Galaxy S23", "Nokia 3310"), ["phone model", "device name", "device model", "mobile os", "handset"]),
    "count_of": (lambda d: d.r.randint(0, 5000), ["email count", "phone count", "address count", "password length", "token count", "ssn count", "name length", "num cards", "expires in", "card count", "min password length"]),
    "domain": (lambda d: f"{d.r.choice(WORDS)}.example.{d.pick('com', 'org', 'net')}", ["domain", "host", "hostname", "server name", "zone name", "name servers[]", "fqdn"]),
    "package": (lambda d: f"@{d.r.choice(WORDS)}/{d.r.choice(WORDS)}@{d.r.randint(0, 9)}.{d.r.randint(0, 9)}.{d.r.randint(0, 9)}", ["package", "dependency", "image", "module"]),
    "git_url": (lambda d: f"git@github.com:{d.r.choice(WORDS)}/{d.r.choice(WORDS)}.git", ["ssh url", "clone url", "repository", "remote"]),
    "json_text": (lambda d: json.dumps({"id": d.r.randint(1, 10**9), "status": d.r.choice(WORDS), "ts": 1700000000000 + d.r.randint(0, 10**9)}), ["payload", "metadata", "raw", "context", "body"]),
    "log": (lambda d: f"2024-0{d.r.randint(1, 9)}-1{d.r.randint(0, 9)} 10:{d.digits(2)}:11 INFO worker-{d.r.randint(1, 9)} order={d.digits(16)} took {d.r.randint(1, 900)}ms", ["message", "log", "line", "event"]),
    "page_token": (lambda d: d.text(24), ["next page token", "cursor", "continuation", "page token", "next cursor", "sync cursor"]),
    "public_key": (lambda d: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + d.text(43), ["public key", "ssh public key", "host key fingerprint"]),
    "software_license": (lambda d: d.pick("MIT", "Apache-2.0", "GPL-3.0-only", "BSD-3-Clause"), ["license", "license name", "license.spdx_id", "license key"]),
    "coordinates_screen": (lambda d: d.r.randint(0, 1920), ["x", "y", "width", "height", "left", "top", "position"]),
    "latency": (lambda d: round(d.r.uniform(0.1, 900), 3), ["latency", "lateness", "long task", "duration", "elapsed", "p99", "cpu"]),
    "geohash_like": (lambda d: d.text(7, "0123456789bcdefghjkmnpqrstuvwxyz"), ["geohash", "code", "short code", "coupon", "promo code"]),
    "enum_upper": (lambda d: d.pick("PENDING", "PAID", "FAILED", "CARD", "IBAN", "EMAIL", "SMS"), ["status", "payment method", "channel", "method", "delivery", "contact method"]),
    "room": (lambda d: d.letters(1) + d.digits(2) + d.pick("", "." + d.digits(1)), ["room", "seat", "shelf", "location code", "gate", "bin", "grade"]),
    "plate_like": (lambda d: d.letters(2) + d.digits(6) + d.letters(1), ["batch number", "lot number", "part no", "serial", "product code"]),
    "null_like": (lambda d: d.pick("N/A", "-", "none", "unknown"), ["status", "value", "remark", "notes"]),
    "status_text": (lambda d: d.pick("OK", "Not Found", "Created", "Accepted"), ["status text", "message", "result", "response_msg"]),
    "masked_card": (lambda d: "************" + d.digits(4), ["card number", "masked pan", "card.masked"]),
    "username": (lambda d: d.r.choice(WORDS) + "_" + d.digits(3), ["username", "login", "screen name", "handle", "nickname", "owner login"]),
}

# Text in which something stands that has a class.
INSIDE = {
    "card_number": lambda d, v: d.pick(f"Customer paid with card {v}, please refund", f"pls charge {v} thanks", f"cc: {v} exp 12/27"),
    "email": lambda d, v: d.pick(f"Please contact {v} for details", f"Forwarded from <{v}>, see below", f"Assigned to {v}."),
    "iban": lambda d, v: d.pick(f"Transfer to {v} until Friday", f"Neue Bankverbindung: {v}, danke"),
    "us_ssn": lambda d, v: d.pick(f"Applicant SSN {v} verified", f"his social security number is {v}."),
    "jwt": lambda d, v: d.pick(f"Authorization: Bearer {v}", f"curl -H 'Authorization: Bearer {v}' https://api.example.com/x"),
    "provider_key": lambda d, v: d.pick(f"export TOKEN={v}", f"my key is {v} do not share", f"token: \"{v}\""),
    "password": lambda d, v: d.pick(f"postgres://app:{d.text(12)}@db.example.com/main", f"see https://bob:{d.text(10)}@ci.example.com/job/1"),
    "phone": lambda d, v: d.pick(f"Call me at +1 {d.r.randint(201, 989)}-{d.r.randint(201, 989)}-{d.digits(4)} tomorrow", f"Mobile: +49 170 {d.digits(7)}, thanks"),
}
INSIDE_WHAT = {"card_number": "card", "email": "email", "iban": "iban", "us_ssn": "ssn", "jwt": "jwt", "provider_key": "provider_key", "password": "password", "phone": "phone"}
