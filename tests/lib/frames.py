"""Frames (portal/core/frame.h) from Python: to speak with helper-slurm in tests, without our own C on this side."""
import os
import select
import struct
import subprocess
import time


def pack(kind, *fields):
    body = struct.pack(">H", kind)
    for f in fields:
        if isinstance(f, str):
            f = f.encode()
            body += b"s" + struct.pack(">I", len(f)) + f
        else:
            body += b"i" + struct.pack(">q", f)
    return struct.pack(">I", len(body)) + body


class Reply:
    """Takes the fields of one frame in order; the forms are in docs/contracts.md."""

    def __init__(self, body):
        (self.kind,) = struct.unpack_from(">H", body)
        self.body, self.at = body, 2

    def i(self):
        tag, v = struct.unpack_from(">cq", self.body, self.at)
        assert tag == b"i", tag
        self.at += 9
        return v

    def s(self):
        tag, n = struct.unpack_from(">cI", self.body, self.at)
        assert tag == b"s", tag
        v = self.body[self.at + 5:self.at + 5 + n]
        self.at += 5 + n
        return v.decode()

    def end(self):
        return self.at == len(self.body)


class NoAnswer(Exception):
    pass


class Helper:
    def __init__(self, argv, env):
        self.p = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.send(pack(1, 2, "test"))
        hello = self.receive(10)
        assert hello.kind == 1 and hello.i() == 2 and hello.s() and hello.end()

    def send(self, data):
        self.p.stdin.write(data)
        self.p.stdin.flush()

    def _read(self, n, until):
        data = b""
        while len(data) < n:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.p.stdout], [], [], left)[0]:
                raise NoAnswer("deadline")
            piece = os.read(self.p.stdout.fileno(), n - len(data))
            if not piece:
                raise NoAnswer("end of stream")
            data += piece
        return data

    def receive(self, seconds=30):
        until = time.monotonic() + seconds
        (n,) = struct.unpack(">I", self._read(4, until))
        return Reply(self._read(n, until))

    def ask(self, kind, *fields, seconds=30):
        self.send(pack(kind, *fields))
        return self.receive(seconds)

    def close(self):
        """End of stream; the exit status tells whether the helper went in peace."""
        self.p.stdin.close()
        return self.p.wait(10)
