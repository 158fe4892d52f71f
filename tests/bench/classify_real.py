"""Real material for tests/bench/classify, from $YETT_DATA/pairs: fields of recorded and documented
messages, labelled by hand in classify_labels.txt; identifiers of Presidio's tests; secrets."""
import collections
import gzip
import ipaddress
import json
import os
import re

MESSAGES = ("pii_openapi_fields.share", "openapi_examples.share", "github_octokit_fixtures", "dnsimple_fixtures", "live_vampi")
# Labels of pii_openapi_fields, in our words.
PII = {"email": "email", "name": "person_name", "dob": "birth_date", "phone": "phone", "jwt": "jwt", "ip": "ip_address", "address": "address", "password": "password"}
CREDENTIALS = {"jwt", "provider_key", "private_key", "password", "secret"}
# Presidio's entities, in our words, and a name a field of such values would have.
ENTITIES = {
    "aba_routing": ("bank_routing", "routingNumber"), "au_tfn": ("au_tfn", "taxFileNumber"), "ca_sin": ("ca_sin", "sin"), "credit_card": ("card_number", "cardNumber"),
    "crypto": ("crypto_wallet", "walletAddress"), "de_tax_id": ("de_idnr", "steuerId"), "email": ("email", "email"), "es_nie": ("es_dni", "nie"), "es_nif": ("es_dni", "nif"),
    "fi_personal_identity_code": ("fi_hetu", "hetu"), "iban": ("iban", "iban"), "in_aadhaar": ("in_aadhaar", "aadhaarNumber"), "ip": ("ip_address", "ipAddress"), "kr_rrn": ("kr_rrn", "rrn"),
    "mac": ("mac_address", "macAddress"), "pl_pesel": ("pl_pesel", "pesel"), "se_personnummer": ("se_pnr", "personnummer"), "th_tnin": ("th_id", "thaiId"), "tr_national_id": ("tr_tckn", "tckn"),
    "uk_nhs": ("uk_nhs", "nhsNumber"), "uk_nino": ("uk_nino", "nationalInsuranceNumber"), "us_itin": ("us_itin", "itin"), "us_mbi": ("us_mbi", "mbi"), "us_npi": ("us_npi", "npi"),
    "us_ssn": ("us_ssn", "ssn"), "za_id_number": ("za_id", "saIdNumber"), "us_passport": ("passport", "passportNumber"), "uk_passport": ("passport", "passportNumber"),
    "in_passport": ("passport", "passportNumber"), "it_driver_license": ("driving_licence", "drivingLicence"), "uk_driving_licence": ("driving_licence", "drivingLicenceNumber"),
    "phone": ("phone", "phoneNumber"), "ph_mobile_number": ("phone", "mobileNumber"), "tr_phone_number": ("phone", "telefon"), "de_health_insurance": ("health_insurance", "healthInsuranceNumber"),
    "au_medicare": ("health_insurance", "medicareCardNumber"), "us_bank": ("bank_account", "bankAccountNumber"), "us_driver_license": ("driving_licence", "driverLicense"),
    "de_passport": ("passport", "passportNumber"), "es_passport": ("passport", "pasaporte"), "in_voter": ("national_id", "voterId"), "sg_fin": ("sg_nric", "nricFin"), "in_pan": ("in_pan", "panNumber"),
}


def read(data, name):
    path = os.path.join(data, "pairs", name + ".ndjson.gz")
    if not os.path.exists(path):
        return []
    with gzip.open(path, "rt") as f:
        return [json.loads(line) for line in f]


def leaves(o, path="", siblings=()):
    if isinstance(o, dict):
        names = list(o)
        for k, v in o.items():
            yield from leaves(v, f"{path}.{k}" if path else k, [n for n in names if n != k])
    elif isinstance(o, list):
        for v in o:
            yield from leaves(v, path + "[]", siblings)
    elif o is not None and o != "":
        yield path, siblings, o


def labels(path):
    """The lines of classify_labels.txt; a '_' in the pattern of values stands for a blank."""
    out = []
    with open(path) as f:
        for line in f:
            if line.strip() and line[0] != "#":
                template, field, classes, *value = line.split()
                value = re.compile(value[0].replace("_", " ")) if value else None
                out.append((re.compile(template), re.compile(field), [] if classes == "none" else classes.split(","), value))
    return out


def label(rules, template, path, values):
    for t, p, classes, v in rules:
        if t.search(template) and p.search(path) and (v is None or any(v.search(str(x)) for x in values)):
            return classes
    return []


def is_ip(v):
    try:
        ipaddress.ip_interface(v)
    except ValueError:
        return False
    return "." in v or v.count(":") > 1


def by_values(values):
    """Classes that need no name: required where half of the values are it, allowed where one holds it."""
    text = [v for v in values if isinstance(v, str)]
    tests = {"email": (r"[^@\s:/]+@[\w.-]+\.[a-zA-Z]{2,}", r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "phone": (r"\+[1-9]\d{8,14}", r"\+[1-9][\d ()-]{8,}")}
    need, may = set(), set()
    for cls, (whole, part) in tests.items():
        n = sum(bool(re.fullmatch(whole, v.strip())) for v in text)
        if n * 2 >= len(values) and n:
            need.add(cls)
        if any(re.search(part, v) for v in text):
            may.add(cls)
    if any(re.search(r"(?<![\d.])(\d{1,3}\.){3}\d{1,3}(?![\d.])", v) for v in text):
        may.add("ip_address")
    n = sum(is_ip(v.strip()) for v in text)
    if n * 2 >= len(values) and n:
        need.add("ip_address")
    return need, may


def message_fields(data, rules):
    found = collections.OrderedDict()
    for name in MESSAGES:
        for r in read(data, name):
            template = r.get("template") or r["req"]["target"].split("?")[0]
            for side in ("req", "resp"):
                try:
                    body = json.loads((r.get(side) or {}).get("body") or "")
                except ValueError:
                    continue
                for path, siblings, value in leaves(body):
                    # What is one field of one endpoint, or of several with the same document.
                    f = found.setdefault((name, r.get("spec"), template, side, path), {"siblings": siblings, "values": [], "truth": set()})
                    if len(f["values"]) < 200:
                        f["values"].append(value)
                    truth = r.get("expect", {}).get("fields", {}).get(path) if name.startswith("pii") and side == "resp" else None
                    if truth:
                        f["truth"].add(PII[truth])
    for (name, spec, template, side, path), f in found.items():
        classes = label(rules, template, path, f["values"])
        need, may = by_values(f["values"])
        if classes == ["skip"]:
            continue
        need |= f["truth"] | set(classes)
        if need & CREDENTIALS:
            may |= CREDENTIALS
        # What has two names, has one of them.
        if len(need) > 1 and f["truth"]:
            need, may = f["truth"], may | need
        yield {"kind": name, "path": path, "name": re.split(r"\.", path)[-1], "template": template, "siblings": " ".join(f["siblings"])[:2000], "values": f["values"],
               "classes": sorted(need), "also": may | need | ({"mac_address"} if "mac" in path else set())}


def presidio_fields(data):
    by = collections.defaultdict(list)
    for r in read(data, "pii_presidio_recognizers"):
        e = r["expect"]
        if r["label"] == "pii" and e["entity"] in ENTITIES and e.get("values"):
            by[e["entity"]] += [v for v in e["values"] if v and v != "?"]
    for entity, values in by.items():
        cls, name = ENTITIES[entity]
        for i in range(0, len(values), 3):
            yield {"kind": "presidio", "path": name, "name": name, "template": "/people", "siblings": "id note", "values": values[i:i + 3], "classes": [cls],
                   "also": {"national_id", "bank_account"}}


def secret_fields(data):
    for r in read(data, "secrets_corpora.share"):
        if not r["expect"].get("distinctive"):
            continue
        value = json.loads(r["resp"]["body"])["value"]
        # Keys of Google's documentation, which one scanner lists as known: a key in an answer is
        # a finding all the same.
        if r["label"] == "neg" and re.fullmatch(r"AIza[\w-]{35}", value):
            continue
        yield {"kind": "secrets", "path": "value", "name": "value", "template": "/api/v1/settings/{id}", "siblings": "name", "values": [value],
               "classes": ["provider_key"] if r["label"] == "secret" else [], "also": CREDENTIALS if r["label"] == "secret" else set(),
               "only": CREDENTIALS, "note": r["expect"]["kind"]}


def fields(data, rules):
    yield from message_fields(data, rules)
    yield from presidio_fields(data)
    yield from secret_fields(data)
