"""A stand-in for systemd: the notify socket, the descriptors that it is given to keep, and
starting a service with them."""
import array
import contextlib
import fcntl
import os
import select
import socket
import subprocess
import threading


class Manager:
    """kept: {FDNAME: [descriptors]}; said: all messages."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)
        self.socket.setblocking(False)
        self.said, self.kept, self.lock = [], {}, threading.Lock()
        self.env = {"NOTIFY_SOCKET": self.path}

    def hear(self):
        data, anc, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(4 * 253))
        text = data.decode()
        self.said.append(text)
        name = next((l[7:] for l in text.splitlines() if l.startswith("FDNAME=")), "stored")
        if "FDSTOREREMOVE=1" in text:
            for fd in self.kept.pop(name, []):
                os.close(fd)
        for level, kind, fds in anc:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                a = array.array("i")
                a.frombytes(fds[:len(fds) // a.itemsize * a.itemsize])
                self.kept.setdefault(name, []).extend(a)

    def listen(self):
        """Reads what there is; everything said so far."""
        with self.lock:
            try:
                while True:
                    self.hear()
            except BlockingIOError:
                return "\n".join(self.said)

    def heard(self, word):
        return lambda: word in self.listen()

    def attend(self):
        """Listens from now on by itself: a full queue would stop the agent."""
        def forever():
            while self.socket.fileno() >= 0:
                with contextlib.suppress(OSError, ValueError):
                    select.select([self.socket], [], [], 0.2)
                    self.listen()

        threading.Thread(target=forever, daemon=True).start()

    def start(self, command, env=None, **popen):
        """Starts a service as systemd does: what is kept comes as descriptors 3 and up, with
        its own pid in LISTEN_PID."""
        self.listen()  # the one before may have given away things up to its end
        env = {k: v for k, v in {**os.environ, **(env or {})}.items() if k != "LISTEN_FDS"}
        pairs = [(name, fd) for name, fds in self.kept.items() for fd in fds]
        if not pairs:
            return subprocess.Popen(command, env=env, **popen)
        env.update(LISTEN_FDS=str(len(pairs)),
                   LISTEN_FDNAMES=":".join(name for name, _ in pairs))

        def arrange():
            high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 1000) for _, fd in pairs]
            for i, fd in enumerate(high):
                os.dup2(fd, 3 + i, inheritable=True)
            os.closerange(3 + len(pairs), 1000 + 2 * len(pairs))

        return subprocess.Popen(["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", *command],
                                env=env, preexec_fn=arrange, close_fds=False, **popen)

    def close(self):
        self.socket.close()
