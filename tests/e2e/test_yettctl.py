#!/usr/bin/python3
# check: timeout=120
"""yettctl against a private PostgreSQL: what people do with it, and what it answers."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from harness import B, ROOT, Suite

RULES = """# stuffing
rule "block-old" {
	when http.method eq "POST" and http.path eq "/login"
	action deny 403
	mode enforce
	reason "old client"
}
limit "login" { when http.path eq "/login" by identity rate 10/1m action rate reason "x" }
"""
EVIL = "/evil\033[2J\u202e{text}"


class Ctl:
    """A private cluster in a folder, and yettctl speaking to it as one role or another."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="yett-ctl-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.pg = self.dir + "/pg"
        subprocess.run([ROOT + "/tools/pg_cluster", "start", self.pg], check=True,
                       stdout=subprocess.DEVNULL)
        self.sql("create database yett", database="postgres")
        self.role = "postgres"

    def close(self):
        subprocess.run([ROOT + "/tools/pg_cluster", "drop", self.pg], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def conninfo(self, role=None):
        return f"host={self.pg}/socket dbname=yett user={role or self.role}"

    def sql(self, text, database="yett"):
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.pg + "/socket", "-U",
             "postgres", "-d", database, "-c", text], check=True, capture_output=True, text=True).stdout

    def run(self, *words, stdin="", env=None, program="yettctl"):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("YETT_")}
        clean["YETT_DATABASE"] = self.conninfo()
        clean.update(env or {})
        return subprocess.run([os.path.join(B, program), *words], input=stdin, text=True,
                              capture_output=True, env=clean, timeout=30, cwd=self.dir, check=False)

    def json(self, *words):
        done = self.run("--json", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def expect(done, code, *texts):
    assert done.returncode == code, f"exit {done.returncode}, not {code}: {done.stdout}{done.stderr}"
    for text in texts:
        assert text in done.stdout + done.stderr, f"says nothing of {text!r}: {done.stdout}{done.stderr}"


def schema(c, suite):
    with suite.case("without a schema a command says what to do"):
        expect(c.run("endpoint", "list"), 3, "yettctl init")
    with suite.case("init makes the schema, once and again"):
        expect(c.run("init", "--environment", "dev"), 0)
        expect(c.run("init", "--environment", "dev"), 0)
        expect(c.run("init", "--environment", "prod"), 3, "dev already")
        expect(c.run("migrate"), 0, "current")
        assert c.json("migrate", "--dry-run") == []
    c.sql("create role operator login in role yett_editor, yett_reader;"
          "create role compiler login in role yett_compiler, yett_reader;"
          "create role stranger login; create role gateway login in role yett_recorder")
    with suite.case("a role without rights is refused"):
        c.role = "stranger"
        expect(c.run("endpoint", "list"), 4)
        c.role = "operator"
        expect(c.run("migrate"), 4)
    with suite.case("an unreachable database has its own code"):
        expect(c.run("endpoint", "list", "--database", "host=/nowhere dbname=x"), 69)
        expect(c.run("endpoint", "list", env={"YETT_DATABASE": ""}), 2, "--database")


def inventory(c, suite):
    c.sql(f"select yett.endpoint_put(17, 'shop', 'POST', '/login', null, 'human');"
          f"select yett.endpoint_put(18, 'shop', 'GET', '{EVIL}', null, 'human');"
          f"select yett.endpoint_put(19, 'pay', 'POST', '/login', null, 'human');"
          f"update yett.endpoint set provisional = true where hash = 18")
    with suite.case("endpoints are listed, filtered and found"):
        assert len(c.json("endpoint", "list")) == 3
        assert [e["service"] for e in c.json("endpoint", "list", "--service", "pay")] == ["pay"]
        assert len(c.json("endpoint", "list", "--match", "LOGIN")) == 2
        assert c.json("endpoint", "list", "--since", "2001-01-01", "--limit", "1", "--sort", "label")
        expect(c.run("endpoint", "list", "--since", "yesterday"), 2, "24h")
        expect(c.run("endpoint", "list", "--sort", "size"), 2, "requests")
        one = c.json("endpoint", "list", "--service", "pay")[0]["id"]
        assert c.json("endpoint", "show", str(one))["template"] == "/login"
        expect(c.run("endpoint", "show", "POST /login"), 2, "several")
        expect(c.run("endpoint", "show", "GET /gone"), 5)
        expect(c.run("endpoint", "mode", str(one), "shadow"), 0, "was enforce")
        assert c.json("endpoint", "show", str(one))["mode"] == "shadow"
        expect(c.run("endpoint", "mode", str(one), "loud"), 2)
    with suite.case("a path cannot write to the terminal, and JSON keeps it"):
        shown = c.run("endpoint", "list").stdout
        assert "\033" not in shown and "\u202e" not in shown and "\\x1b[2J" in shown
        assert EVIL in [e["template"] for e in c.json("endpoint", "list")]
    with suite.case("services are mapped and unmapped"):
        expect(c.run("service", "map", "shop", "Shop.Example.com", "/api", "--team", "web"), 0)
        row = [s for s in c.json("service", "list") if s["service"] == "shop"][0]
        assert row["hosts"] == "shop.example.com/api" and row["team"] == "web"
        expect(c.run("service", "unmap", "shop.example.com", "/api"), 0)
        expect(c.run("service", "unmap", "shop.example.com", "/api"), 5)
    with suite.case("settings are set and taken back"):
        expect(c.run("setting", "put", "default_mode", "shadow"), 0, "was not set")
        expect(c.run("setting", "put", "default_mode", "-", stdin="enforce\n"), 0, "was shadow")
        assert c.json("setting", "list") == [{"key": "default_mode", "value": "enforce"}]
        expect(c.run("setting", "remove", "default_mode"), 0)
        expect(c.run("setting", "remove", "default_mode"), 5)


def rules(c, suite):
    path = c.dir + "/login.rules"
    with open(path, "w", encoding="utf-8") as f:
        f.write(RULES)
    with suite.case("a rule enters the database only checked, all of a file or nothing"):
        bad = RULES + 'rule "bad" { when http.methd eq "X" action deny }\n'
        expect(c.run("rule", "add", "-", stdin=bad), 1, "stdin:9:", "http.method", "nothing was changed")
        address = 'rule "bad" { when ip.src eq 192.0.2.1 action deny }\n'
        expect(c.run("rule", "add", "-", stdin=address), 1, "address")
        expect(c.run("rule", "add", "-", stdin="# nothing\n"), 1)
        expect(c.run("rule", "add", "-", stdin="rule\0"), 1)
        expect(c.run("rule", "add", "absent.rules"), 5)
        assert c.json("rule", "list") == []
    with suite.case("rules are added, shown, moded and removed"):
        expect(c.run("rule", "add", path, "--dry-run"), 0, "added")
        assert c.json("rule", "list") == []
        expect(c.run("rule", "add", path, "--owner", "appsec", "--expires", "30d"), 0, "added")
        assert [r["name"] for r in c.json("rule", "list")] == ["block-old", "login"]
        assert c.run("rule", "show", "block-old").stdout in RULES
        expect(c.run("rule", "add", path), 0, "changed")
        expect(c.run("rule", "add", path), 0, "same")
        expect(c.run("rule", "mode", "block-old", "shadow"), 0, "as its text said")
        expect(c.run("rule", "mode", "block-old", "loud"), 2)
        expect(c.run("rule", "mode", "gone", "off"), 5)
        expect(c.run("rule", "mode", "block-old", "text"), 0, "was shadow")
        expect(c.run("rule", "remove", "login"), 0)
        expect(c.run("rule", "remove", "login"), 5)
        assert "rate 10/1m" in c.sql("select detail->'before'->>'text' from report.audit "
                                     "where action = 'rule_remove'")


def policies(c, suite):
    key = c.dir + "/key"
    assert c.run("keygen", "--dev", "-o", key, program="yettc").returncode == 0
    c.role = "compiler"
    with suite.case("a bundle is verified and published"):
        expect(c.run("policy", "status"), 0, "no policy")
        expect(c.run("compile", "--key", key, "-o", "1.bundle", program="yettc"), 0)
        whole = open(c.dir + "/1.bundle", "rb").read()
        with open(c.dir + "/broken.bundle", "wb") as f:
            f.write(whole[:300] + bytes([whole[300] ^ 1]) + whole[301:])
        expect(c.run("policy", "publish", "broken.bundle", "--public-key", key + ".pub"), 1, "signature")
        expect(c.run("policy", "publish", "gone.bundle"), 5)
        expect(c.run("policy", "publish", "1.bundle", "--public-key", key + ".pub", "--note", "first"), 0)
        expect(c.run("policy", "publish", "1.bundle"), 2, "already")
        assert c.json("policy", "status")["active"]["revision"] == 1
    with suite.case("a rollback is a new revision with old content"):
        c.role = "operator"
        expect(c.run("rule", "remove", "block-old"), 0)
        c.role = "compiler"
        expect(c.run("compile", "--key", key, "-o", "2.bundle", program="yettc"), 0)
        expect(c.run("policy", "publish", "2.bundle"), 0)
        expect(c.run("policy", "rollback", "1"), 2, "--key")
        expect(c.run("policy", "rollback", "9", "--key", key), 5)
        expect(c.run("policy", "rollback", "2", "--key", key), 2, "in force")
        expect(c.run("policy", "rollback", "1", "--key", key, "--note", "false positives"), 0)
        history = c.json("policy", "history")
        assert [r["revision"] for r in history] == [3, 2, 1]
        assert history[0]["active"] and history[0]["restores"] == 1
        assert history[0]["content"] == history[2]["content"] != history[1]["content"]


def doctor(c, suite):
    c.role = "postgres"
    with suite.case("doctor judges the database"):
        found = {f["check"]: f["result"] for f in c.json("doctor", "--only", "database")}
        assert found["database.migrations"] == "ok" and found["database.partitions"] == "ok", found
        c.sql("alter role gateway superuser")
        c.sql("do $$ declare t text; begin for t in select relname from pg_class where relkind = 'r' and "
              "relname like 'endpoint_minute_2%' and substr(relname, 17) > to_char(now(), 'YYYYMMDD') loop "
              "execute 'drop table part.' || t; end loop; end $$")
        done = c.run("--json", "doctor", "--only", "database")
        found = {f["check"]: f["result"] for f in json.loads(done.stdout)}
        assert done.returncode == 1, done.stdout
        assert found["database.partitions"] == "fail" and found["database.roles"] == "warn", found
        done = c.run("doctor", "--only", "database", "--database", "host=/nowhere")
        expect(done, 1, "database.reachable")
    with suite.case("doctor judges keys and configuration files"):
        conf = c.dir + "/yett.conf"
        expect(c.run("key", "new", c.dir + "/identity"), 0)
        os.chmod(c.dir + "/identity", 0o644)
        with open(conf, "w", encoding="utf-8") as f:
            f.write(f"[keys]\nidentity = {c.dir}/identity\n[recorder]\ndatabase = password=x\n")
        done = c.run("--json", "doctor", "--only", "files", "--config", conf)
        found = {(f["check"], f["result"]) for f in json.loads(done.stdout)}
        assert done.returncode == 1
        assert {("files.keys", "fail"), ("files.keys", "warn"), ("files.public-keys", "fail"),
                ("files.conf", "fail")} <= found, found
        expect(c.run("status", "--config", c.dir + "/gone.conf"), 5)
    with suite.case("an agent that is not there is found and named"):
        expect(c.run("status", "--control", c.dir + "/none.sock"), 69, "yett-agent running")
        expect(c.run("doctor", "--only", "agent", "--control", c.dir + "/none.sock"), 1, "agent.reachable")
        expect(c.run("token", "email", "--control", c.dir + "/none.sock", stdin="a@example.com"), 69)
        assert "a@example.com" not in c.sql("select string_agg(detail::text, '') from report.audit")


def words(c, suite):
    with suite.case("usage errors, help and completion"):
        expect(c.run("endpont", "list"), 2, "did you mean endpoint")
        expect(c.run("--help"), 0, "Exit codes")
        expect(c.run("rule", "add", "--help"), 0, "--dry-run")
        expect(c.run("--version"), 0, "yettctl ")
        script = c.run("completion").stdout + \
            "COMP_WORDS=(yettctl rule a); COMP_CWORD=2; _yettctl; echo \"${COMPREPLY[@]}\"\n" \
            "COMP_WORDS=(yettctl rule add --dr); COMP_CWORD=3; _yettctl; echo \"${COMPREPLY[@]}\"\n"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
        assert done.stdout == "add\n--dry-run\n", done.stdout + done.stderr


def main():
    for program in ("yettctl", "yettc"):
        if not os.access(os.path.join(B, program), os.X_OK):
            print(f"{program} is not built")
            return 77
    suite = Suite()
    c = Ctl()
    try:
        for part in (schema, inventory, rules, policies, doctor, words):
            part(c, suite)
    finally:
        c.close()
    return suite.end()


if __name__ == "__main__":
    sys.exit(main())
