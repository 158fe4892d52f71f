"""End-to-end tests: a private HAProxy, agent and API in one folder, and the client's side.

    with Stack(fail="closed") as s:
        answer = s.get("/users/17")

HAProxy runs the shipped haproxy.cfg with Debian's global section, but for user and paths. As
root the chroot is kept (sockets lie inside it, as the systemd drop-in has it). Everything
listens on 127.0.0.1 or on UNIX sockets below the folder; what a stack started, and nothing
else, it ends. Every wait is bounded.

Environment: B (build folder), HAPROXY (binary), YETT_E2E_KEEP (do not remove folders).
"""
import base64
import contextlib
import http.server
import os
import pwd
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
B = os.path.join(ROOT, os.environ.get("B", "build"))
HAPROXY = os.environ.get("HAPROXY") or shutil.which(
    "haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin") or "haproxy"
IS_ROOT = os.geteuid() == 0


# --- results, in TAP --------------------------------------------------------------------

class Suite:
    """Counts and prints checks. `with suite.case("name"):` makes one of what it runs."""

    def __init__(self):
        self.n = self.failed = self.skipped = 0

    def note(self, ok, name, why=""):
        self.n += 1
        self.failed += not ok
        for line in str(why).splitlines() if not ok else []:
            print(f"# {line}")
        print(f"{'ok' if ok else 'not ok'} {self.n} - {name}", flush=True)

    def skip(self, name, why):
        self.n += 1
        self.skipped += 1
        print(f"ok {self.n} - {name} # SKIP {why}", flush=True)

    @contextlib.contextmanager
    def case(self, name):
        try:
            yield
        except Exception as e:  # a case that breaks is a case that failed
            self.note(False, name, f"{type(e).__name__}: {e}")
        else:
            self.note(True, name)

    def end(self):
        print(f"1..{self.n}")
        passed = self.n - self.failed - self.skipped
        print(f"{passed} passed, {self.failed} failed" +
              (f", {self.skipped} skipped" if self.skipped else ""), flush=True)
        sys.exit(1 if self.failed else 0)


def need(*programs):
    """Ends the suite as skipped if a program is missing."""
    for p in programs:
        if not (os.path.exists(p) or shutil.which(p)):
            print(f"1..0 # SKIP no {p}")
            sys.exit(77)


def expect(ok, what):
    if not ok:
        raise AssertionError(what)


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def wait_for(what, test, seconds=10.0, step=0.05):
    """The first true value of test(); an error after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(step)


def free_port():
    while True:  # below the ports of outgoing connections: a load takes thousands of those
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", random.randrange(15000, 32000)))
            return s.getsockname()[1]


# --- the API behind ---------------------------------------------------------------------

class Api(http.server.ThreadingHTTPServer):
    """An API that does what the path asks:
    /size/N answers N bytes, /sse/N N events 50 ms apart, /gzip/N, /br/N (only told), /slow/MS,
    /abort/N closes after N bytes of a longer answer; anything else a small JSON that tells the request."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ApiHandler)
        self.seen = []  # (method, path, length of body)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that goes is part of the tests


class ApiHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def read_body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while True:
                n = int(self.rfile.readline().split(b";")[0], 16)
                body += self.rfile.read(n)
                self.rfile.readline()
                if n == 0:
                    return body
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def answer(self, body, kind="application/json", extra=()):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, value in extra:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        body = self.read_body()
        self.server.seen.append((self.command, self.path, len(body)))
        parts = self.path.split("?")[0].split("/")
        kind = parts[1] if len(parts) > 2 else ""
        number = int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else 0
        if kind == "size":
            self.answer((b"0123456789abcdef" * (number // 16 + 1))[:number])
        elif kind == "sse":
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("connection", "close")
            self.end_headers()
            for i in range(number):
                self.wfile.write(b"data: %d\n\n" % i)
                self.wfile.flush()
                time.sleep(0.05)
            self.close_connection = True
        elif kind == "gzip":
            import gzip
            self.answer(gzip.compress(b"x" * number), extra=[("content-encoding", "gzip")])
        elif kind == "br":
            self.answer(b"x" * number, extra=[("content-encoding", "br")])
        elif kind == "slow":
            time.sleep(number / 1000)
            self.answer(b'{"slow":true}')
        elif kind == "abort":
            self.send_response(200)
            self.send_header("content-length", str(number + 1000))
            self.end_headers()
            self.wfile.write(b"a" * number)
            self.wfile.flush()
            time.sleep(0.1)
            self.close_connection = True
        else:
            self.answer(b'{"path":"%s","bytes":%d}' % (self.path.encode()[:80], len(body)),
                        extra=[("set-cookie", "sid=1; path=/"), ("set-cookie", "seen=2")])

    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET


# --- finish lines -----------------------------------------------------------------------

FIELD = re.compile(r'([a-z]+)="((?:[^"\\\]]|\\.)*)"')


class Tee:
    """Stands between HAProxy's ring and the agent: keeps lines (all, or the last `keep`),
    counts them, passes all of it on."""

    def __init__(self, to_port=None):
        self.lines, self.count, self.keep = [], 0, None
        self.to_port = to_port
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                c, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.read, args=(c,), daemon=True).start()

    def read(self, c):
        out, buf = None, b""
        with c:
            while True:
                try:
                    data = c.recv(1 << 16)
                except OSError:
                    return
                if not data:
                    return
                out = self.pass_on(out, data)
                buf += data
                while True:
                    head, blank, rest = buf.partition(b" ")
                    if not blank or len(rest) < int(head):
                        break
                    self.lines.append(rest[:int(head)].decode("latin-1"))
                    self.count += 1
                    if self.keep and len(self.lines) > 2 * self.keep:
                        del self.lines[:self.keep]
                    buf = rest[int(head):]

    def pass_on(self, out, data):
        if self.to_port is None:
            return None
        try:
            if out is None:
                out = socket.create_connection(("127.0.0.1", self.to_port), 2)
            out.sendall(data)
        except OSError:
            return None
        return out

    def find(self, **fields):
        """The last finish line with these field values, as a dict; None if there is none."""
        for line in reversed(self.lines):
            got = parse_line(line)
            if all(got.get(k) == v for k, v in fields.items()):
                return got
        return None

    def close(self):
        self.server.close()


def parse_line(line):
    element = line[line.find("[yett@32473"):]
    return {k: re.sub(r"\\(.)", r"\1", v) for k, v in FIELD.findall(element)}


# --- the client -------------------------------------------------------------------------

class Answer:
    def __init__(self, status, headers, body, seconds):
        self.status, self.headers, self.body, self.seconds = status, headers, body, seconds

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:80]!r}"


def read_answer(sock, started, method="GET"):
    """One HTTP/1.1 answer off a socket; status 0 if the peer closed without one."""
    f = sock.makefile("rb")
    try:
        first = f.readline()
    except (ConnectionError, socket.timeout):
        first = b""
    if not first:
        return Answer(0, {}, b"", time.monotonic() - started)
    status, headers = int(first.split()[1]), {}
    for line in iter(f.readline, b"\r\n"):
        if not line:
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    if method == "HEAD" or status in (204, 304):
        body = b""
    elif "content-length" in headers:
        body = f.read(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        body = b""
        while True:
            n = int(f.readline() or b"0", 16)
            body += f.read(n)
            f.readline()
            if n == 0:
                break
    else:
        body = f.read()
    return Answer(status, headers, body, time.monotonic() - started)


class Load:
    """Threads that send the same request again and again and count statuses."""

    def __init__(self, stack, path="/load/1", threads=8):
        self.stack, self.path = stack, path
        self.status, self.lock, self.stop = {}, threading.Lock(), threading.Event()
        self.slowest = 0.0
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(threads)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def run(self):
        sock = None
        text = (f"GET {self.path} HTTP/1.1\r\nHost: api.example\r\n\r\n").encode()
        while not self.stop.is_set():
            started, reused = time.monotonic(), sock is not None
            try:
                if sock is None:
                    sock = self.stack.connect()
                sock.sendall(text)
                a = read_answer(sock, started)
            except OSError:
                a = Answer(0, {}, b"", 0)
            if a.status == 0 or a.headers.get("connection") == "close":
                if sock:
                    sock.close()
                sock = None
            if a.status == 0 and reused:
                continue  # an idle connection may close at any time: HTTP says try again
            with self.lock:
                self.status[a.status] = self.status.get(a.status, 0) + 1
                self.slowest = max(self.slowest, a.seconds)

    def total(self):
        with self.lock:
            return sum(self.status.values())

    def __exit__(self, *exc):
        self.stop.set()
        for t in self.threads:
            t.join(10)


# --- the stack --------------------------------------------------------------------------

class Stack:
    """fail: YETT_FAIL. agent: settings as {"section": {"key": value}} over the defaults.
    env: more environment for HAProxy. bundle: a policy file with its public key beside it
    (FILE.pub). b: build folder of the agent. tap: twin, or hop by yett-haproxy-config."""

    def __init__(self, fail="open", agent=None, env=None, bundle=None, b=B, tap="twin",
                 tls=False, edit=None, haproxy=HAPROXY, start_agent=True):
        self.fail, self.settings, self.env_more, self.bundle = fail, agent or {}, env or {}, bundle
        self.b, self.tap, self.tls, self.edit, self.haproxy = b, tap, tls, edit, haproxy
        self.start_agent_too = start_agent
        self.agent = self.proxy = None
        self.logs = []

    # --- life
    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="yett-e2e-")
        os.chmod(self.dir, 0o755)
        try:
            self.root = os.path.join(self.dir, "root") if IS_ROOT else ""
            self.run = os.path.join(self.root or self.dir, "run/yett")
            for d in (self.run, os.path.join(self.dir, "etc"), os.path.join(self.dir, "state")):
                os.makedirs(d)
            self.api = Api()
            self.agent_finish = free_port()
            self.tee = Tee(self.agent_finish)
            self.port, self.tls_port = free_port(), free_port()
            if self.start_agent_too:
                self.start_agent()
            self.start_haproxy()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, *exc):
        for p in (self.proxy, self.agent):
            self.end(p)
        if kind is not None:
            self.show_logs()
        for thing in (getattr(self, "tee", None),):
            if thing:
                thing.close()
        if getattr(self, "api", None):
            self.api.shutdown()
            self.api.server_close()
        for log in self.logs:
            log.close()
        if "YETT_E2E_KEEP" not in os.environ:
            shutil.rmtree(self.dir, ignore_errors=True)

    def show_logs(self):
        for name in ("agent.log", "haproxy.log"):
            try:
                with open(os.path.join(self.dir, name)) as f:
                    lines = f.read().splitlines()[-25:]
            except OSError:
                continue
            print("\n".join(f"# {name}: {line[:300]}" for line in lines))

    def launch(self, name, command, env=None):
        log = open(os.path.join(self.dir, name + ".log"), "ab")
        self.logs.append(log)
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                env={**os.environ, **(env or {})}, start_new_session=True)

    @staticmethod
    def end(p, sig=signal.SIGTERM, seconds=10):
        """Ends a process of ours and what it started (its own session, by its id)."""
        if p is None:
            return
        if p.poll() is None:
            p.send_signal(sig)
            try:
                p.wait(seconds)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(p.pid, signal.SIGKILL)
        p.wait(5)

    # --- the agent
    def conf(self):
        conf = {
            "agent": {"environment": "dev", "workers": 2, "analysts": 1, "user": "",
                      "run_dir": self.run, "state_dir": os.path.join(self.dir, "state"),
                      "record": "no"},
            "spop": {"listen": f"unix:{self.run}/worker-%d.sock",
                     "socket_group": "haproxy" if IS_ROOT else ""},
            "finish": {"listen": f"tcp:127.0.0.1:{self.agent_finish}"},
            "control": {"socket": f"{self.dir}/control.sock"},
        }
        if self.bundle:
            conf["policy"] = {"file": self.bundle, "public_key": self.bundle + ".pub"}
        if self.settings.get("agent", {}).get("record") == "yes":
            conf["keys"] = {"line": self.line_key(), "identity": self.line_key("identity")}
        for section, keys in self.settings.items():
            conf.setdefault(section, {}).update(keys)
        return "".join(f"[{section}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
                       for section, keys in conf.items())

    def yettctl(self, *words):
        return subprocess.run([os.path.join(self.b, "yettctl"), *words], check=True,
                              capture_output=True, text=True).stdout

    def line_key(self, name="line"):
        path = os.path.join(self.dir, "etc", name + ".key")
        if not os.path.exists(path):
            self.yettctl("--quiet", "key", "new", path)
        return path

    def metrics(self):
        """The agent's counters: {name: sum over processes}."""
        out = {}
        for row in self.yettctl("--control", f"{self.dir}/control.sock", "metrics").splitlines():
            m = re.match(r"(yett_[a-z0-9_]+)(?:\{[^}]*\})? (\S+)$", row)
            if m:
                out[m[1]] = out.get(m[1], 0) + float(m[2])
        return out

    def start_agent(self):
        path = os.path.join(self.dir, "etc/yett.conf")
        with open(path, "w") as f:
            f.write(self.conf())
        self.agent = self.launch("agent", [os.path.join(self.b, "yett-agent"), "-c", path])
        self.wait_workers()

    def wait_workers(self, seconds=10):
        n = int(self.settings.get("agent", {}).get("workers", 2))

        def listening():
            expect(self.agent.poll() is None, "the agent has ended")
            return all(self.speaks(self.worker_address(i)) for i in range(n))

        wait_for("workers", listening, seconds)

    def worker_address(self, i):
        """A path, or (host, port) where spop.listen is tcp:HOST:PORT."""
        listen = self.settings.get("spop", {}).get("listen", "")
        if not listen.startswith("tcp:"):
            return f"{self.run}/worker-{i}.sock"
        host, _, port = listen[4:].rpartition(":")
        return host, int(port) + i

    @staticmethod
    def speaks(address):
        """Whether a worker answers the health check of option spop-check."""
        hello = bytes.fromhex(
            "0000004e010000000100001273" "7570706f727465642d76657273696f6e730803322e30"
            "0e6d61782d6672616d652d73697a6503fcf0060c6361706162696c69746965730800"
            "0b6865616c7468636865636b11")
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        with socket.socket(family) as s:
            s.settimeout(1)
            try:
                s.connect(address)
                s.sendall(hello)
                return s.recv(256)[4:5] == b"\x65"
            except OSError:
                return False

    def roles(self, name):
        """Pids of the agent's roles of a name (worker, analyst, recorder), by start."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/stat") as f:
                    stat = f.read()
                with open(f"/proc/{entry}/cmdline", "rb") as f:
                    words = f.read().split(b"\0")
            except OSError:
                continue
            parent = int(stat[stat.rfind(")") + 2:].split()[1])
            state = stat[stat.rfind(")") + 2]
            if parent == self.agent.pid and state != "Z" and name.encode() in words:
                found.append(int(entry))
        return sorted(found)

    # --- HAProxy
    def write_haproxy(self):
        with open(os.path.join(ROOT, "haproxy/haproxy.cfg")) as f:
            text = f.read()
        if self.tap == "hop":
            text = self.generated()
        text = text.replace("\tlog /dev/log\tlocal0\n", "\tlog stderr format raw local0\n\tnbthread 2\n")
        text = text.replace("\tlog /dev/log\tlocal1 notice\n", "")
        text = text.replace("stats socket /run/haproxy/admin.sock",
                            f"stats socket {self.dir}/haproxy.sock")
        text = text.replace("\tdaemon\n", "")
        if IS_ROOT:
            text = text.replace("chroot /var/lib/haproxy", f"chroot {self.root}")
        else:
            text = re.sub(r"\t(chroot|user|group) .*\n", "", text)
        for i in range(2):
            at = self.worker_address(i)
            if not isinstance(at, str):
                text = text.replace(f'"unix@${{YETT_RUN}}/worker-{i}.sock"', f"{at[0]}:{at[1]}")
        if self.edit:
            text = self.edit(text)
        path = os.path.join(self.dir, "etc/haproxy.cfg")
        with open(path, "w") as f:
            f.write(text)
        return path

    def generated(self):
        """The plain gateway without Yett's parts, and the generator's way to put them back."""
        with open(os.path.join(ROOT, "haproxy/haproxy.cfg")) as f:
            text = f.read()
        text = re.sub(r"^[ \t]*# >>> yett.*?^[ \t]*# <<< yett\n", "", text, flags=re.S | re.M)
        text = re.sub(r"\tuse_backend app-watched.*\n", "", text)
        text = text[:text.index("# The twin: a copy")]
        site = os.path.join(self.dir, "etc/site.cfg")
        with open(site, "w") as f:
            f.write(text)
        return subprocess.run(
            [os.path.join(ROOT, "haproxy/yett-haproxy-config"), "--tap", self.tap, site],
            check=True, capture_output=True, text=True).stdout

    def haproxy_env(self):
        env = {
            "YETT_FAIL": self.fail,
            "YETT_LINE_SECRET": "test-secret-of-24-charact",
            "YETT_RUN": "/run/yett" if self.root else self.run,
            "YETT_ETC": os.path.join(ROOT, "haproxy"),
            "YETT_FINISH": f"127.0.0.1:{self.tee.port}",
            "YETT_LISTEN": f"127.0.0.1:{self.port}",
            "YETT_BACKEND": f"127.0.0.1:{self.api.port}",
            "YETT_TIMEOUT": "1s",  # shared test machines stand still for longer than 50 ms
        }
        if self.settings.get("agent", {}).get("record") == "yes":
            env["YETT_LINE_SECRET"] = self.yettctl("key", "line-secret", self.line_key()).strip()
        if self.tls:
            env.update(YETT_TLS=f"127.0.0.1:{self.tls_port}", YETT_CRT=self.certificate())
        env.update(self.env_more)
        return env

    def certificate(self):
        path = os.path.join(self.dir, "etc/site.pem")
        if not os.path.exists(path):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                            "-subj", "/CN=api.example", "-addext", "subjectAltName=DNS:api.example",
                            "-keyout", path + ".key", "-out", path], check=True, capture_output=True)
            with open(path, "a") as out, open(path + ".key") as key:
                out.write(key.read())
        return path

    def start_haproxy(self):
        cfg = self.write_haproxy()
        self.proxy = self.launch("haproxy", [self.haproxy, "-W", "-db", "-f", cfg],
                                 self.haproxy_env())

        def up():
            expect(self.proxy.poll() is None, "HAProxy has ended")
            with contextlib.suppress(OSError):
                self.connect().close()
                return True

        wait_for("HAProxy", up)
        if self.start_agent_too:
            self.wait_servers_up()

    def stats(self, command):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(f"{self.dir}/haproxy.sock")
            s.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: s.recv(1 << 16), b"")).decode()

    def servers_up(self):
        rows = [r.split(",") for r in self.stats("show stat").splitlines()]
        return [r[1] for r in rows if r[0] == "yett-agents" and r[1].startswith("worker-") and
                r[17] == "UP"]

    def wait_servers_up(self, seconds=10):
        n = int(self.settings.get("agent", {}).get("workers", 2))

        def up():
            with contextlib.suppress(OSError):
                return len(self.servers_up()) >= n

        wait_for("HAProxy sees the workers", up, seconds)

    def reload_haproxy(self):
        self.proxy.send_signal(signal.SIGUSR2)

    # --- requests
    def connect(self, timeout=20):
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def connect_tls(self, alpn=("http/1.1",)):
        context = ssl.create_default_context(cafile=self.certificate())
        context.set_alpn_protocols(list(alpn))
        raw = socket.create_connection(("127.0.0.1", self.tls_port), 20)
        return context.wrap_socket(raw, server_hostname="api.example")

    def raw(self, data, method="GET", sock=None):
        started = time.monotonic()
        with sock or self.connect() as s:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                s.sendall(data)
            return read_answer(s, started, method)

    def request(self, method, path, headers=(), body=None, sock=None):
        lines = [f"{method} {path} HTTP/1.1", "Host: api.example", "Connection: close"]
        lines += [f"{k}: {v}" for k, v in dict(headers).items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return self.raw(head + (body or b""), method, sock)

    def get(self, path, **headers):
        return self.request("GET", path, {k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path, body, **headers):
        return self.request("POST", path, {k.replace("_", "-"): v for k, v in headers.items()}, body)

    def line(self, seconds=5, **fields):
        """The finish line with these values."""
        return wait_for(f"finish line {fields}", lambda: self.tee.find(**fields), seconds)


def tapped(line):
    """The bytes that the tap of a finish line holds."""
    text = line.get("tap", "-")
    return b"" if text == "-" else base64.b64decode(text)


def haproxy_version(binary=HAPROXY):
    out = subprocess.run([binary, "-v"], capture_output=True, text=True).stdout
    m = re.search(r"version (\d+)\.(\d+)", out)
    return (int(m[1]), int(m[2])) if m else (0, 0)


def user_exists(name):
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(name))
    return False
