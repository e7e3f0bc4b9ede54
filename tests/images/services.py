"""What a task finds on the network, all of it on this machine: repositories over HTTP, and the loopback interface."""

import contextlib
import fcntl
import http.server
import os
import pathlib
import socket
import struct
import subprocess
import threading

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def only_loopback():
    """Brings the loopback interface up, and sees to it that there is no other."""
    with socket.socket() as any_socket:
        name = b"lo".ljust(16, b"\0")
        request = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sH14x", name, 0))
        flags = struct.unpack("16sH14x", request)[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", name, flags | IFF_UP))
    assert [name for _, name in socket.if_nameindex()] == ["lo"]


class Repositories:
    """Serves the repositories of a directory with git's own program for it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        handler = type("Handler", (Backend,), {"directory": directory})
        self.secure_port = None
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def secure(self, context):
        """Serves them over TLS as well."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.server.RequestHandlerClass)
        # The handshake is the affair of the connection's thread: one that fails concerns nobody else.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.secure_port = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.server_port}/{name}"

    def put(self, name, tree):
        """Takes a copy of a repository; its address."""
        subprocess.run(["git", "clone", "--quiet", "--bare", tree, self.directory / name], check=True)
        return self.url(name)


class Backend(http.server.BaseHTTPRequestHandler):
    """One request, handed to `git http-backend`."""

    directory = None

    def do_GET(self):
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length", 0))
        environment = {
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.directory), "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""), "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_COUNT": "2", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            "GIT_CONFIG_KEY_1": "uploadpack.allowAnySHA1InWant", "GIT_CONFIG_VALUE_1": "true",
        }  # fmt: skip
        backend = ["git", "http-backend"]
        answer = subprocess.run(backend, input=self.rfile.read(length), env=environment, stdout=subprocess.PIPE).stdout
        head, _, body = answer.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(headers.pop("Status", "200").split()[0]))
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815: the name is that of the library

    def handle(self):
        # A client that does not trust us goes away.
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, *_):
        """Nobody reads it."""
