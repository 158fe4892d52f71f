"""Fields drawn for tests/bench/classify: identifiers with valid check digits, people and places
from lists of our own, and what is taken for them: order numbers, times, versions, hashes.

field(): dict of name, path, template, siblings, values, classes (a set: the first must be found,
all may be), kind (what drew it)."""
import base64
import json
import random
import string
import uuid

GIVEN = """Aaliyah Abel Adriana Agnes Aiko Alena Alfredo Alistair Amina Anselm Antonia Arthur Astrid Beata
Benedikt Bettina Bogdan Bruno Camilo Carina Cedric Chiara Clara Cormac Dagmar Damian Daria Declan Dimitra
Edith Eduardo Eleni Elif Emre Enrico Esther Fabian Farid Fiona Florence Gabor Georgia Gesine Goran Greta
Hamza Hanna Henrik Hilda Ida Ignacio Ilse Imran Inga Isaac Ivana Jakub Jasmin Jelena Joao John Mary Peter
Maria Ahmed Wei Yuki Priya Fatima Carlos Sofia Lars Olga Kwame Ngozi Siobhan Niamh Kenji Mei Rahul Anna
Michael Sarah David Laura James Emma Robert Julia Thomas Lisa Daniel Paul Karin Jens Uwe Petra""".split()
FAMILY = """Abrahamsson Adeyemi Akintola Alvarez Andersen Aoki Baptiste Barros Bauer Becker Bielecki Blanc Brandt
Brennan Calderon Campbell Castellano Chatterjee Chen Cohen Costa Dahl Danielsen Delgado Demir Diallo Dietrich
Dragomir Egger Eriksen Fernandes Fischer Fitzgerald Fontaine Fuchs Gallagher Garcia Georgiou Gruber Gustafsson
Haddad Hoffmann Horvat Huang Ibrahim Ivanova Jansen Jensen Jovanovic Kaplan Kaya Kim Kowalska Kruger Kumar Lambert
Larsen Leblanc Lindqvist Lopez Lund Maier Marchetti Martin Meyer Moreau Muller Murphy Nakamura Navarro Nguyen
Nielsen Novak Nowak O'Neill Okafor Olsen Ortega Papadakis Park Pereira Petrov Popescu Rossi Roux Ryan Santos Sato
Schmidt Schneider Silva Singh Smith Sokolov Svensson Tanaka Torres Tran Ueda Vargas Vogel Wagner Walker Watanabe
Weber Williams Wilson Wong Yamada Yilmaz Zhang Zimmermann""".split()
STREETS = """Maple Street|Elm Avenue|Kings Road|Rue de la Gare|Hauptstrasse|Calle Mayor|Via Garibaldi|Rua das Flores|
Keizersgracht|Storgatan|Bahnhofstrasse|Oak Lane|Church Street|Avenida Paulista|Piazza Dante|Am Markt|Sunset Blvd|
High Street|Mill Lane|Lindenallee|Rue Victor Hugo|Paseo de Gracia|Corso Italia|Nygatan|Dorfplatz|Park Drive|
Station Road|Boulevard Haussmann|Gran Via|Schlossweg|Ringstrasse|Harbour View|Meadow Close|Piotrkowska|
Vaci utca|Andrassy ut|Strandvejen|Kungsgatan|Mannerheimintie""".replace("\n", "").split("|")
CITIES = "Berlin Lyon Madrid Porto Oslo Gdansk Austin Leeds Torino Gent Graz Turku Cork Osaka Pune Lagos Quito".split()
COUNTRIES = "DE FR ES PT NO PL US GB IT BE AT FI IE JP IN NG EC".split()
COMPANIES = "Northwind Traders|Acme GmbH|Contoso Ltd|Globex Corporation|Initech|Umbrella Logistics|Stark Metals|" \
    "Wayne Shipping|Hooli Cloud|Soylent Foods|Vandelay Imports|Cyberdyne Systems".split("|")
PRODUCTS = "Blue Widget|Espresso Machine|Trail Running Shoe|USB-C Cable 2m|Noise Cancelling Headphones|Oak Desk|" \
    "Ceramic Mug|Wool Blanket|LED Lamp E27|Steel Bottle 750ml|Mechanical Keyboard|Garden Hose 25 m".split("|")
WORDS = "alpha report summary weekly invoice draft pending shipped delivered cancelled basic premium standard north " \
    "south blue green large small monthly yearly active archive public internal guest system batch worker queue " \
    "cache daily beta stable legacy default custom manual automatic".split()
MAIL_DOMAINS = "example.com gmail.com web.de posteo.de orange.fr yahoo.co.uk libero.it corp.example.org mail.ru " \
    "outlook.com uni-graz.at kth.se naver.com company.io acme.dev".split()


class Draw:
    def __init__(self, seed):
        self.r = random.Random(seed)

    # --- small things
    def digits(self, n, first=None):
        head = self.r.choice(first) if first else str(self.r.randint(0, 9))
        return (head + "".join(str(self.r.randint(0, 9)) for _ in range(n)))[:n]

    def letters(self, n, alphabet=string.ascii_uppercase):
        return "".join(self.r.choice(alphabet) for _ in range(n))

    def text(self, n, alphabet=string.ascii_letters + string.digits):
        return self.letters(n, alphabet)

    def pick(self, *choices):
        return self.r.choice(choices)

    def date(self, low=1930, high=2012):
        return self.r.randint(low, high), self.r.randint(1, 12), self.r.randint(1, 28)

    def luhn(self, body):
        total = sum(sum(divmod(int(c) * (2 if i % 2 == 0 else 1), 10)) for i, c in enumerate(reversed(body)))
        return body + str(-total % 10)

    @staticmethod
    def weighted(body, weights):
        return sum(int(c) * w for c, w in zip(body, weights))

    # --- identifiers
    def card(self):
        prefix, n = self.pick(("4", 16), ("4", 16), ("51", 16), ("53", 16), ("55", 16), ("2221", 16), ("2720", 16),
                              ("34", 15), ("37", 15), ("6011", 16), ("65", 16), ("3528", 16), ("3589", 16), ("36", 14),
                              ("62", 16), ("6759", 16), ("5018", 16))
        return self.luhn(self.digits(n - 1, [prefix]))

    def grouped(self, s, *sizes, sep=" "):
        out, at = [], 0
        for size in sizes:
            out.append(s[at:at + size])
            at += size
        return sep.join(p for p in out + [s[at:]] if p)

    def iban(self):
        country, bban = self.pick(
            ("DE", self.digits(18)), ("FR", self.digits(10) + self.text(11, string.ascii_uppercase + string.digits) + self.digits(2)),
            ("GB", self.letters(4) + self.digits(14)), ("NL", self.letters(4) + self.digits(10)), ("ES", self.digits(20)),
            ("IT", self.letters(1) + self.digits(10) + self.digits(12)), ("PL", self.digits(24)), ("CH", self.digits(17)),
            ("NO", self.digits(11)), ("SA", self.digits(20)), ("BR", self.digits(23) + self.letters(2)), ("MT", self.letters(4) + self.digits(23)))
        number = int("".join(str(int(c, 36)) for c in bban + country + "00"))
        return f"{country}{98 - number % 97:02d}{bban}"

    def ssn(self):
        area = self.r.choice([a for a in range(1, 900) if a != 666])
        return f"{area:03d}-{self.r.randint(1, 99):02d}-{self.r.randint(1, 9999):04d}"

    def itin(self):
        return f"9{self.digits(2)}-{self.r.choice([50, 58, 65, 70, 77, 88, 90, 92, 94, 99])}-{self.digits(4)}"

    def sin(self):
        return self.luhn(self.digits(8, list("1234567")))

    def tfn(self):
        while True:
            body = self.digits(8, list("123456789"))
            for last in "0123456789":
                if self.weighted(body + last, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 == 0:
                    return body + last

    def bsn(self):
        while True:
            body = self.digits(8, list("123456789"))
            check = self.weighted(body, range(9, 1, -1)) % 11
            if check < 10:
                return body + str(check)

    def cpf(self):
        d = self.digits(9)
        for n in (10, 11):
            d += str((11 - self.weighted(d, range(n, 1, -1)) % 11) % 11 % 10)
        return d

    def pesel(self):
        y, m, day = self.date()
        d = f"{y % 100:02d}{m + (20 if y >= 2000 else 0):02d}{day:02d}{self.digits(4)}"
        return d + str(-self.weighted(d, [1, 3, 7, 9] * 3) % 10)

    def tckn(self):
        d = self.digits(9, list("123456789"))
        ten = (sum(map(int, d[0::2])) * 7 - sum(map(int, d[1::2]))) % 10
        return d + str(ten) + str((sum(map(int, d)) + ten) % 10)

    def idnr(self):
        digits = self.r.sample("0123456789", 9)
        digits.insert(self.r.randint(1, 8), digits[self.r.randint(1, 8)])
        if digits[0] == "0" or len(set(digits)) != 9:
            return self.idnr()
        p = 10
        for c in digits:
            s = (int(c) + p) % 10 or 10
            p = s * 2 % 11
        return "".join(digits) + str((11 - p) % 10)

    def be_nn(self):
        y, m, day = self.date(1940, 2010)
        d = f"{y % 100:02d}{m:02d}{day:02d}{self.r.randint(1, 997):03d}"
        check = 97 - int(("2" if y >= 2000 else "") + d) % 97
        return f"{d}{check:02d}"

    def no_fnr(self):
        while True:
            y, m, day = self.date()
            d = f"{day:02d}{m:02d}{y % 100:02d}{self.digits(3)}"
            k1 = (11 - self.weighted(d, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11
            k2 = (11 - self.weighted(d + str(k1), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11 if k1 < 10 else 10
            if k1 < 10 and k2 < 10:
                return d + str(k1) + str(k2)

    def se_pnr(self):
        y, m, day = self.date()
        return f"{y // 100}" + self.luhn(f"{y % 100:02d}{m:02d}{day:02d}{self.digits(3)}")

    def fi_hetu(self):
        y, m, day = self.date()
        d, n = f"{day:02d}{m:02d}{y % 100:02d}", f"{self.r.randint(2, 899):03d}"
        return d + ("-" if y < 2000 else "A") + n + "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(d + n) % 31]

    def dk_cpr(self):
        y, m, day = self.date()
        return f"{day:02d}{m:02d}{y % 100:02d}-{self.digits(4)}"

    def ahv(self):
        d = "756" + self.digits(9)
        d += str(-self.weighted(d, [1, 3] * 6) % 10)
        return f"{d[:3]}.{d[3:7]}.{d[7:11]}.{d[11:]}"

    def aadhaar(self):
        import itertools
        d5 = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5], [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
              [3, 4, 0, 1, 2, 8, 9, 5, 6, 7], [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
              [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3], [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
              [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]
        p = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
        for _ in range(6):
            p.append([p[-1][p[1][j]] for j in range(10)])
        body = self.digits(11, list("23456789"))
        for last in "0123456789":
            c = 0
            for i, ch in enumerate(reversed(body + last)):
                c = d5[c][p[i % 8][int(ch)]]
            if c == 0:
                return body + last
        return None

    def in_pan(self):
        return self.letters(3) + self.pick(*"ABCFGHLJPT") + self.letters(1) + self.digits(4) + self.letters(1)

    def za_id(self):
        y, m, day = self.date(1930, 2005)
        return self.luhn(f"{y % 100:02d}{m:02d}{day:02d}{self.digits(4)}{self.r.randint(0, 1)}8")

    def rrn(self):
        y, m, day = self.date(1940, 2019)
        d = f"{y % 100:02d}{m:02d}{day:02d}{self.pick('1', '2') if y < 2000 else self.pick('3', '4')}{self.digits(5)}"
        return d + str((11 - self.weighted(d, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11) % 10)

    def cn_ric(self):
        y, m, day = self.date()
        d = f"{self.r.choice(['110105', '310101', '440304', '510107'])}{y}{m:02d}{day:02d}{self.digits(3)}"
        return d + "10X98765432"[sum(int(c) * (2 ** (17 - i) % 11) for i, c in enumerate(d)) % 11]

    def th_id(self):
        d = self.digits(12, list("12345678"))
        return d + str((11 - self.weighted(d, range(13, 1, -1)) % 11) % 10)

    def ro_cnp(self):
        y, m, day = self.date(1940, 1999)
        d = f"{self.pick('1', '2')}{y % 100:02d}{m:02d}{day:02d}{self.r.randint(1, 46):02d}{self.r.randint(1, 999):03d}"
        check = self.weighted(d, [2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11
        return d + str(1 if check == 10 else check)

    def mynumber(self):
        d = self.digits(11)
        rest = self.weighted(d, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11
        return d + str(0 if rest < 2 else 11 - rest)

    def dni(self):
        n = self.r.randint(1000000, 99999999)
        letter = "TRWAGMYFPDXBNJZSQVHLCKE"
        if self.r.random() < 0.3:
            head, body = self.r.randint(0, 2), self.digits(7)
            return "XYZ"[head] + body + letter[int(str(head) + body) % 23]
        return f"{n:08d}{letter[n % 23]}"

    def nir(self):
        y, m, _ = self.date()
        d = f"{self.r.randint(1, 2)}{y % 100:02d}{m:02d}{self.r.randint(1, 95):02d}{self.digits(6)}"
        return f"{d}{97 - int(d) % 97:02d}"

    def codice(self):
        y, _, day = self.date()
        t = self.letters(6) + f"{y % 100:02d}" + self.pick(*"ABCDEHLMPRST") + f"{day + self.pick(0, 40):02d}" + self.letters(1) + self.digits(3)
        odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
        v = [int(c) if c.isdigit() else ord(c) - 65 for c in t]
        return t + chr(65 + sum(x if i % 2 else odd[x] for i, x in enumerate(v)) % 26)

    def curp(self):
        y, m, day = self.date(1940, 1999)
        t = self.letters(4) + f"{y % 100:02d}{m:02d}{day:02d}" + self.pick("H", "M") + self.letters(5) + self.digits(1)
        alphabet = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ"
        return t + str(-sum(alphabet.index(c) * (18 - i) for i, c in enumerate(t)) % 10)

    def nric(self):
        d = self.digits(7)
        s = self.weighted(d, [2, 7, 6, 5, 4, 3, 2])
        head = self.pick(*"STFG")
        table = "JZIHGFEDCBA" if head in "ST" else "XWUTRQPNMLK"
        return head + d + table[(s + (4 if head in "TG" else 0)) % 11]

    def nino(self):
        while True:
            a, b = self.pick(*"ABCEGHJKLMNOPRSTWXYZ"), self.pick(*"ABCEGHJKLMNPRSTWXYZ")
            if a + b not in ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"):
                return a + b + self.digits(6) + self.pick(*"ABCD")

    def nhs(self):
        while True:
            d = self.digits(9, list("4679"))
            check = 11 - self.weighted(d, range(10, 1, -1)) % 11
            if check != 10:
                return d + str(check % 11)

    def npi(self):
        d = self.digits(9, ["1", "2"])
        return self.luhn("80840" + d)[5:]

    def mbi(self):
        letter = "ACDEFGHJKMNPQRTUVWXY"
        any_ = letter + "0123456789"
        a, d, x = (lambda: self.pick(*letter)), (lambda: self.digits(1)), (lambda: self.pick(*any_))
        return self.digits(1, list("123456789")) + a() + x() + d() + a() + x() + d() + a() + a() + d() + d()

    def aba(self):
        while True:
            d = f"{self.r.choice(list(range(1, 13)) + list(range(21, 33)) + [61, 72]):02d}{self.digits(6)}"
            return d + str(-self.weighted(d, [3, 7, 1] * 3) % 10)

    def rut(self):
        n = self.r.randint(5000000, 25000000)
        total, weight = 0, 2
        for c in reversed(str(n)):
            total += int(c) * weight
            weight = 2 if weight == 7 else weight + 1
        check = 11 - total % 11
        return f"{n:,}".replace(",", ".") + "-" + ("0" if check == 11 else "K" if check == 10 else str(check))

    def pps(self):
        d = self.digits(7)
        return d + "WABCDEFGHIJKLMNOPQRSTUV"[self.weighted(d, range(8, 1, -1)) % 23]

    def icd(self):
        return self.pick(*"ABCDEFGHIJKLMNRSTZ") + self.digits(2) + self.pick("", ".0", ".9", ".1", ".21", ".819", "." + self.digits(1))

    def jwt(self):
        def part(o):
            return base64.urlsafe_b64encode(json.dumps(o, separators=(",", ":")).encode()).decode().rstrip("=")
        head = self.pick({"alg": "HS256", "typ": "JWT"}, {"typ": "JWT", "alg": "RS256", "kid": self.text(8)}, {"alg": "ES256"})
        return ".".join((part(head), part({"sub": self.digits(6), "iat": 1700000000 + self.r.randint(0, 9999999)}),
                         self.text(43, string.ascii_letters + string.digits + "-_")))

    def provider_key(self):
        h, a, u = "0123456789abcdef", string.ascii_letters + string.digits, string.ascii_uppercase + string.digits
        b = a + "-_"
        return self.pick("ghp_" + self.text(36), "AKIA" + self.text(16, string.ascii_uppercase + "234567"), "sk_live_" + self.text(24),
                         "glpat-" + self.text(20, b), "AIza" + self.text(35, b), "SG." + self.text(22, b) + "." + self.text(43, b),
                         f"xoxb-{self.digits(12)}-{self.digits(12)}-{self.text(24)}", "npm_" + self.text(36), "shpat_" + self.text(32, h),
                         "dop_v1_" + self.text(64, h), "hf_" + self.text(34, string.ascii_letters), "rk_live_" + self.text(24),
                         "github_pat_" + self.text(22) + "_" + self.text(59), "sk-ant-api03-" + self.text(95, b),
                         "key-" + self.text(32, h), f"{self.text(32, h)}-us{self.r.randint(1, 20)}", f"{self.digits(10, list('123456789'))}:AA{self.text(33, b)}",
                         "whsec_" + self.text(32), "PMAK-" + self.text(24, h) + "-" + self.text(34, h), "GOCSPX-" + self.text(28, b),
                         "hvs." + self.text(90, b), "lin_api_" + self.text(40), "dapi" + self.text(32, h), "NRAK-" + self.text(27, u))

    def pem(self):
        kind = self.pick("RSA ", "", "EC ", "OPENSSH ", "ENCRYPTED ")
        body = "\n".join(self.text(64, string.ascii_letters + string.digits + "+/") for _ in range(6))
        return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----\n"

    def password(self):
        return self.pick(self.text(self.r.randint(8, 20)), self.r.choice(WORDS).capitalize() + self.digits(3) + "!", self.r.choice(WORDS) + self.digits(2),
                         self.text(12, string.ascii_letters + string.digits + "!@#$%^&*()"), "correct horse battery " + self.r.choice(WORDS),
                         "hunter2", "Passw0rd", "letmein", "$2b$12$" + self.text(53))

    def secret(self):
        return self.pick(self.text(40), self.text(32, "0123456789abcdef"), self.text(64, "0123456789abcdef"),
                         base64.b64encode(self.r.randbytes(32)).decode(), str(uuid.UUID(int=self.r.getrandbits(128), version=4)))

    # --- people
    def name(self):
        return self.r.choice(GIVEN) + " " + self.r.choice(FAMILY)

    def email(self):
        g, f = self.r.choice(GIVEN).lower(), self.r.choice(FAMILY).lower().replace("'", "")
        local = self.pick(f"{g}.{f}", f"{g[0]}{f}", f"{g}{self.digits(2)}", f"{g}_{f}", f"{g}+{self.r.choice(WORDS)}")
        return local + "@" + self.r.choice(MAIL_DOMAINS)

    def phone(self):
        us = f"{self.r.randint(201, 989)}{self.r.randint(201, 989)}{self.digits(4)}"
        return self.pick("+1" + us, f"({us[:3]}) {us[3:6]}-{us[6:]}", f"{us[:3]}-{us[3:6]}-{us[6:]}", f"+49 {self.r.randint(151, 179)} {self.digits(7)}",
                         f"+44 7{self.digits(3)} {self.digits(6)}", f"0{self.r.randint(30, 89)} {self.digits(7)}", f"+33 6 {self.digits(2)} {self.digits(2)} {self.digits(2)} {self.digits(2)}",
                         f"+91-{self.r.randint(70000, 99999)}{self.digits(5)}", "0" + self.digits(9, list("67")), us, f"+55 (11) 9{self.digits(4)}-{self.digits(4)}")

    def street(self):
        s, n = self.r.choice(STREETS), self.r.randint(1, 250)
        return self.pick(f"{n} {s}", f"{s} {n}", f"{s} {n}{self.pick('a', 'b', '')}", f"{n}, {s}", f"{n} {s}, Apt {self.r.randint(1, 40)}")

    def address(self):
        return f"{self.street()}, {self.r.choice(CITIES)} {self.digits(5)}"

    def born(self):
        y, m, d = self.date()
        return self.pick(f"{y}-{m:02d}-{d:02d}", f"{d:02d}/{m:02d}/{y}", f"{m:02d}/{d:02d}/{y}", f"{d:02d}.{m:02d}.{y}", f"{y}-{m:02d}-{d:02d}T00:00:00Z", f"{y}{m:02d}{d:02d}")

    def ipv4(self):
        return ".".join(str(self.r.randint(1, 254)) for _ in range(4))

    def ipv6(self):
        groups = [f"{self.r.randint(0, 65535):x}" for _ in range(8)]
        return self.pick(":".join(groups), ":".join(groups[:3]) + "::" + groups[3], "2001:db8::" + groups[0], "fe80::" + ":".join(groups[:3]))

    def mac(self):
        sep = self.pick(":", "-", ":")
        return sep.join(f"{self.r.randint(0, 255):02{self.r.choice('xX')}}" for _ in range(6))

    def passport(self):
        return self.pick(self.letters(1) + self.digits(8), self.letters(2) + self.digits(7), self.digits(9), "C" + self.text(8, "CFGHJKLMNPRTVWXYZ0123456789"), self.letters(1) + self.digits(7))

    def licence(self):
        return self.pick(self.letters(1) + self.digits(7), self.letters(1) + self.digits(12), self.digits(8), self.letters(5) + self.digits(6) + self.letters(2) + self.digits(1) + self.letters(2),
                         f"{self.letters(1)}{self.digits(3)}-{self.digits(4)}-{self.digits(4)}", self.letters(2) + self.digits(7) + self.letters(1))
