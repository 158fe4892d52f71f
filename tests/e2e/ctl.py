"""yettctl against a private PostgreSQL, which may hold several databases."""
import json
import os
import shutil
import subprocess
import tempfile

from harness import B, ROOT


class Ctl:
    """A private cluster in a folder, and yettctl speaking to it as one role or another."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="yett-ctl-", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.pg = self.dir + "/pg"
        subprocess.run([ROOT + "/tools/pg_cluster", "start", self.pg], check=True,
                       stdout=subprocess.DEVNULL)
        self.role, self.database = "postgres", "yett"
        self.sql("create database yett", database="postgres")

    def close(self):
        subprocess.run([ROOT + "/tools/pg_cluster", "drop", self.pg], check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def conninfo(self, role=None, database=None):
        return f"host={self.pg}/socket dbname={database or self.database} user={role or self.role}"

    def sql(self, text, database=None):
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.pg + "/socket", "-U",
             "postgres", "-d", database or self.database, "-c", text], check=True, capture_output=True,
            text=True).stdout

    def run(self, *words, stdin="", env=None, program="yettctl", database=None):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("YETT_")}
        clean["YETT_DATABASE"] = self.conninfo(database=database)
        clean.update(env or {})
        return subprocess.run([os.path.join(B, program), *words], input=stdin, text=True,
                              capture_output=True, env=clean, timeout=30, cwd=self.dir, check=False)

    def json(self, *words, database=None):
        done = self.run("--json", *words, database=database)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def expect(done, code, *texts):
    assert done.returncode == code, f"exit {done.returncode}, not {code}: {done.stdout}{done.stderr}"
    for text in texts:
        assert text in done.stdout + done.stderr, f"says nothing of {text!r}: {done.stdout}{done.stderr}"
