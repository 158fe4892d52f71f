"""A stack that records: the harness's, with keys and a private PostgreSQL, and the means to
count. Every request that was decided has to be found again: in PostgreSQL, in a gap record,
or in a counter that admits the loss.

    with Recorded() as s:
        s.volume(requests=2000)
        s.settled()
        equal(s.database.number("select sum(requests) from yett.coverage_minute"), 2000)

`Spool` reads segments as the manual describes them, without Yett's own code.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import time

import harness
from harness import B, HAPROXY, IS_ROOT, ROOT, Stack, expect, free_port, wait_for

PG_CLUSTER = os.path.join(ROOT, "tools/pg_cluster")
YETTCTL = os.path.join(B, "yettctl")
YETTC = os.path.join(B, "yettc")
HTTP_LOAD = os.path.join(B, "tests/bench/http_load")
NEEDED = (HAPROXY, os.path.join(B, "yett-agent"), YETTC, YETTCTL, HTTP_LOAD, "psql")
WATCH_ALL = {"per_second": 1_000_000, "burst": 1_000_000, "percent": 100}
SHORT_WAIT = {"finish": {"pending_timeout_s": 3}}  # for lines that nobody will send
THOROUGH = os.environ.get("YETT_CHECK") != "quick"  # by hand and in check-all


def run(*command, **kw):
    """A command of ours that has to succeed; what it printed."""
    r = subprocess.run(command, capture_output=True, text=True, timeout=120, **kw)
    expect(r.returncode == 0, f"{' '.join(command)}: {r.returncode}: {r.stderr[-800:]}")
    return r.stdout


class Database:
    """A private cluster with Yett's schema; DIR/pg of its own."""

    def __init__(self, folder):
        self.dir = folder
        self.start()
        super_user = run(PG_CLUSTER, "conninfo", folder).strip()
        run("psql", "-X", "-q", "-d", super_user, "-c", "create database yett")
        self.base = f"host={folder}/socket dbname=yett"
        run(YETTCTL, "--database", f"{self.base} user=postgres", "--quiet", "init",
            "--environment", "dev")
        self.sql("create role gateway login in role yett_recorder")
        self.sql("create role compiler login in role yett_compiler")
        self.sql("create role operator login in role yett_editor, yett_reader")
        self.gateway = f"{self.base} user=gateway"

    def start(self):
        run(PG_CLUSTER, "start", self.dir)

    def stop(self, how="fast"):
        run(PG_CLUSTER, "stop", self.dir, how)

    def kill(self):
        run(PG_CLUSTER, "kill", self.dir)

    def sql(self, query):
        out = run("psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d",
                  f"{self.base} user=postgres", "-c", query)
        return [line.split("\t") for line in out.splitlines()]

    def number(self, query):
        """The one number of a query; 0 for null."""
        rows = self.sql(query)
        return int(rows[0][0] or 0) if rows else 0

    def save(self):
        """A copy of the server as it is now, as a standby would hold it."""
        self.stop()
        shutil.rmtree(self.dir + "/saved", ignore_errors=True)
        run("cp", "-a", self.dir + "/data", self.dir + "/saved")
        self.start()

    def restore(self):
        """The server fails over to what was saved: what came since is not there."""
        self.stop("immediate")
        shutil.rmtree(self.dir + "/data")
        run("cp", "-a", self.dir + "/saved", self.dir + "/data")
        self.start()

    # What PostgreSQL knows of requests: all of them by service, those of endpoints.
    def requests(self):
        return self.number("select sum(requests) from yett.coverage_minute")

    def coverage(self):
        """(requests, undecided, unfinished) over all services."""
        r = self.sql("select coalesce(sum(requests), 0), coalesce(sum(undecided), 0),"
                     " coalesce(sum(unfinished), 0) from yett.coverage_minute")[0]
        return tuple(int(x) for x in r)

    def endpoint_requests(self):
        return self.number("select sum(requests) from (select requests from"
                           " yett.endpoint_hour union all select requests from"
                           " part.endpoint_hour_open) as h")

    def gaps(self, cause="%"):
        """(records, requests) that gap records of a cause admit."""
        r = self.sql("select coalesce(sum(records), 0), coalesce(sum(requests), 0), count(*)"
                     f" from yett.gap where cause like '{cause}'")[0]
        return tuple(int(x) for x in r)

    def drop(self):
        subprocess.run([PG_CLUSTER, "drop", self.dir], capture_output=True, timeout=60)


# --- the spool, read by its description -------------------------------------------------

COVERAGE, SUMMARY, GAP = 4, 2, 6
SEGMENT = re.compile(r"^([as])-([0-9a-f]{16})-([0-9a-f]{16})\.(seg|ack)$")


def unpack(data, at=0):
    """One msgpack value: (value, where the next begins)."""
    c = data[at]
    at += 1
    if c < 0x80:
        return c, at
    if c >= 0xe0:
        return c - 256, at
    if c == 0xc0:
        return None, at
    if c in (0xcc, 0xcd, 0xce, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3):
        n = 1 << (c & 3)
        return int.from_bytes(data[at:at + n], "big", signed=c >= 0xd0), at + n
    if 0xa0 <= c < 0xc0:
        n, wide = c & 0x1f, 0
    elif 0x90 <= c < 0xa0:
        n, wide = c & 0x0f, 0
    elif c in (0xc4, 0xd9):
        n, wide = data[at], 1
    elif c in (0xc5, 0xda, 0xdc):
        n, wide = int.from_bytes(data[at:at + 2], "big"), 2
    elif c in (0xc6, 0xdb, 0xdd):
        n, wide = int.from_bytes(data[at:at + 4], "big"), 4
    else:
        raise ValueError(f"msgpack type {c:#x}")
    at += wide
    if 0x90 <= c < 0xa0 or c in (0xdc, 0xdd):
        values = []
        for _ in range(n):
            value, at = unpack(data, at)
            values.append(value)
        return values, at
    return data[at:at + n], at + n


CRC32C = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
    CRC32C.append(n)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ CRC32C[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


class Spool:
    """Every whole record in a folder: {(boot, stream, sequence): [version, kind, …]}."""

    def __init__(self, folder, checked=False):
        self.records = {}
        for name in sorted(os.listdir(folder)):
            m = SEGMENT.match(name)
            if not m:
                continue
            try:
                with open(os.path.join(folder, name), "rb") as f:
                    data = f.read()
            except FileNotFoundError:  # acknowledged meanwhile, under another name
                continue
            at = 64
            while at + 16 <= len(data):
                length, crc, sequence = struct.unpack_from("<IIQ", data, at)
                if length == 0 or at + 16 + length > len(data):
                    break
                if checked and crc32c(data[at + 8:at + 16 + length]) != crc:
                    break
                value, _ = unpack(data[at + 16:at + 16 + length])
                self.records[(m[2], m[1], sequence)] = value
                at += (16 + length + 7) & ~7

    def of_kind(self, kind):
        return [r for r in self.records.values() if r[1] == kind]

    def requests(self):
        """Requests that coverage records and gap records of the spool hold."""
        return sum(r[4] for r in self.of_kind(COVERAGE))

    def endpoint_requests(self):
        return sum(r[6] for r in self.of_kind(SUMMARY))


# --- the stack --------------------------------------------------------------------------

class Recorded(Stack):
    """Stack with recorder, keys and PostgreSQL. direct: finish lines go straight to the
    agent, not through the tee. quick: the API behind is a HAProxy of constants."""

    def __init__(self, agent=None, direct=True, quick=True, env=None, **kw):
        settings = {section: dict(keys) for section, keys in (agent or {}).items()}
        super().__init__(agent=settings, env=dict(env or {}), **kw)
        self.direct, self.quick = direct, quick
        self.database = self.backend = None

    def start_agent(self):
        if self.database is None:
            self.prepare()
        super().start_agent()

    def prepare(self):
        keys = os.path.join(self.dir, "keys")
        os.makedirs(keys)
        for key in ("identity", "redaction", "line"):
            run(YETTCTL, "--quiet", "key", "new", f"{keys}/{key}")
        self.env_more["YETT_LINE_SECRET"] = run(
            YETTCTL, "key", "line-secret", f"{keys}/line").strip()
        if self.direct:
            self.env_more["YETT_FINISH"] = f"127.0.0.1:{self.agent_finish}"
        if self.quick:
            self.env_more["YETT_BACKEND"] = f"127.0.0.1:{self.start_backend()}"
        self.database = Database(os.path.join(self.dir, "pg"))
        mine = {
            "agent": {"record": "yes", "name": "e2e"},
            "keys": {k: f"{keys}/{k}" for k in ("identity", "redaction", "line")},
            "recorder": {"database": self.database.gateway, "ship_interval_s": 1, "poll_s": 1,
                         "retry_max_s": 1},
        }
        for section, values in mine.items():
            self.settings[section] = {**values, **self.settings.get(section, {})}

    def start_backend(self):
        """An API of constants, quick enough for hundreds of thousands of requests."""
        port = free_port()
        path = os.path.join(self.dir, "etc/backend.cfg")
        with open(path, "w") as f:
            f.write("defaults\n\tmode http\n\ttimeout client 60s\n\ttimeout connect 5s\n"
                    f"\ttimeout server 60s\nfrontend api\n\tbind 127.0.0.1:{port}\n"
                    "\thttp-request return status 200 content-type application/json string"
                    ' "{\\"items\\":[{\\"id\\":17,\\"name\\":\\"widget\\"}]}"\n')
        self.backend = self.launch("backend", [self.haproxy, "-db", "-f", path])
        return port

    def __exit__(self, *exc):
        for p in (self.proxy, self.agent, self.backend):
            self.end(p)
        self.proxy = self.agent = None
        if self.database:
            self.database.drop()
        super().__exit__(*exc)

    # --- traffic
    def volume(self, requests=10**9, seconds=60, connections=16, rate=0, endpoints=20,
               identities=200, wait=True):
        """A load that does not wait for Python; its figures, or the process (figures())."""
        p = subprocess.Popen(
            [HTTP_LOAD, "-a", f"127.0.0.1:{self.port}", "-n", str(requests), "-t",
             str(seconds), "-c", str(connections), "-r", str(rate), "-e", str(endpoints),
             "-i", str(identities)], stdout=subprocess.PIPE, text=True)
        return figures(p) if wait else p

    # --- looking
    def ctl(self, *words):
        return run(YETTCTL, "--control", f"{self.dir}/control.sock", *words)

    def metrics(self):
        """Counters by name, without the prefix, summed over roles."""
        sums = {}
        for line in self.ctl("metrics").splitlines():
            m = re.match(r"yett_([a-z0-9_]+)(?:\{[^}]*\})? ([-+0-9.e]+)$", line)
            if m:
                sums[m[1]] = sums.get(m[1], 0) + float(m[2])
        return sums

    def metric(self, name):
        return int(self.metrics().get(name, 0))

    def status(self):
        return json.loads(self.ctl("--json", "status"))

    def spool(self, checked=False):
        """checked: by checksum, as a power cut leaves anything."""
        return Spool(os.path.join(self.dir, "state/spool/0"), checked)

    def log(self, name="agent"):
        with open(os.path.join(self.dir, name + ".log"), errors="replace") as f:
            return f.read()

    def quiet(self, seconds=20):
        """Waits until every decided request has its finish line and is in the spool."""
        wait_for("finish lines", lambda: self.metric("pending_requests") == 0, seconds, 0.2)
        time.sleep(1.3)  # discovery.flush_ms

    def shipped(self, seconds=30, checked=False):
        """Waits until PostgreSQL holds what the spool holds."""
        def same():
            return self.database.requests() == self.spool(checked).requests()

        wait_for("PostgreSQL holds what the spool holds", same, seconds, 0.3)

    def settled(self, seconds=30):
        self.quiet(seconds)
        self.shipped(seconds)


def figures(process):
    out, _ = process.communicate(timeout=600)
    return json.loads(out)
