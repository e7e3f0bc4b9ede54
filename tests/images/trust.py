"""A checkout over TLS from a name that has to be looked up: what the program does without any library of a system's."""

import socket
import ssl
import struct
import subprocess
import threading

from . import container

NAME = "forge.example.com"


def answer_names():
    """Answers every question for a name with 127.0.0.1, where `/etc/resolv.conf` says."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def serve():
        while True:
            question, asker = server.recvfrom(512)
            end = question.index(b"\0", 12) + 5
            is_ipv4 = question[end - 4 : end - 2] == b"\0\1"
            head = question[:2] + struct.pack("!HHHHH", 0x8580, 1, int(is_ipv4), 0, 0)
            address = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes([127, 0, 0, 1])
            server.sendto(head + question[12:end] + address * is_ipv4, asker)

    threading.Thread(target=serve, daemon=True).start()


def certificate(folder):
    """An authority of our own, and a certificate by it; the authority's file, and the key with its certificate."""

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=authority", "-days", "2")
    openssl("req", *key, "-keyout", "key.pem", "-out", "request.pem", "-subj", f"/CN={NAME}")
    (folder / "names").write_text(f"subjectAltName=DNS:{NAME}\nbasicConstraints=CA:FALSE\n")
    by = ["-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days", "2", "-extfile", "names"]
    openssl("x509", "-req", "-in", "request.pem", "-out", "own.pem", *by)
    return folder / "authority.pem", (folder / "own.pem", folder / "key.pem")


def check(world, image, repository):
    """A server whose certificate nobody knows is refused, and its name is found; then it is trusted."""
    folder = world.folder / "trust"
    folder.mkdir()
    authority, own = certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*own)
    world.repositories.secure(context)
    answer_names()
    root, config = world.images[image]
    (root / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
    home = world.home({})
    (home / "authority.pem").write_bytes(authority.read_bytes())
    url = f"https://{NAME}:{world.repositories.secure_port}/{repository}"
    words = ["pushgraph", "checkout", "checkouts/src", f"--head-repository={url}", "--head-ref=main"]

    def run(environment):
        command = container.command(root, config, words, environment, [(home, "/builds/worker")])
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)

    refused = run({})
    assert refused.returncode == 1 and "certificate" in refused.stdout and "SSL_CERT_FILE" in refused.stdout, refused
    assert not (home / "checkouts/src").exists()
    trusted = run({"SSL_CERT_FILE": "/builds/worker/authority.pem"})
    assert trusted.returncode == 0 and (home / "checkouts/src/.git").exists(), trusted
