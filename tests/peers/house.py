"""An Allclear to test with: the real program over TLS with a certificate of its own authority, a real mail server that
keeps what it gets, and one person who is paged."""

import email
import email.policy
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from aiosmtpd.controller import Controller

PATIENCE = 30.0
"""How long something may take that is under way, in seconds."""


def eventually(look, what, patience=PATIENCE):
    """Looks again and again until there is something to see, and returns it."""
    end = time.monotonic() + patience
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"within {patience:.0f} s there was no {what}; last seen: {seen!r}")
        time.sleep(0.1)


def free_port():
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A program that runs until it is stopped, with its log in a file."""

    def __init__(self, name, command, folder, environment=None):
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder,
                env={**os.environ, **(environment or {})},
            )

    def said(self):
        """What it has said so far."""
        return self.log.read_text(errors="replace")

    def wait_for(self, pattern):
        """Waits until it says something of this form."""

        def look():
            found = re.search(pattern, self.said())
            if not found and self.child.poll() is not None:
                raise AssertionError(f"{self.child.args[0]} ended with {self.child.returncode}:\n{self.said()}")
            return found

        return eventually(look, f"{pattern!r} in {self.log}")

    def stop(self):
        """Stops it in order, and by force if it does not."""
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Mailbox:
    """A mail server that takes everything and keeps it."""

    def __init__(self):
        self.mails = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.controller.start()
        self.port = self.controller.port

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802: the library's name
        """Takes one mail."""
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 2.0.0 Ok: kept"

    def wait_for(self, *words):
        """The first mail whose subject has all of these words."""

        def look():
            return next((mail for mail in self.mails if all(word in mail["subject"] for word in words)), None)

        try:
            return eventually(look, f"mail about {words}")
        except AssertionError as error:
            raise AssertionError(f"{error}; subjects: {[mail['subject'] for mail in self.mails]}") from None

    def stop(self):
        """Stops it."""
        self.controller.stop()


def make_certificates(folder):
    """An authority, and a certificate for `localhost` from it."""

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-days", "2", "-subj", "/CN=Authority of the tests", "-keyout", "ca.key", "-out", "ca.pem",
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("req", *key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr")
    (folder / "server.ext").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "server.ext", "-out", "server.pem")
    return folder / "ca.pem"


class House:
    """The running Allclear."""

    def __init__(self, program, folder):
        self.folder = folder
        self.authority = make_certificates(folder)
        self.mailbox = Mailbox()
        port = free_port()
        self.host = f"localhost:{port}"
        self.url = f"https://{self.host}"
        self.process = Process("allclear", [
            program, "serve", "--data", folder / "data", "--listen", f"127.0.0.1:{port}", "--address", self.url,
            "--tls-cert", folder / "server.pem", "--tls-key", folder / "server.key",
        ], folder)
        self.context = ssl.create_default_context(cafile=str(self.authority))
        self.numbers = iter(range(1, 1_000))
        self.token = None
        try:
            self._set_up(self.process.wait_for(r"/setup/(\w+)").group(1))
        except BaseException:
            self.stop()
            raise

    def environment(self):
        """What makes other programs trust the certificate."""
        names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        return {name: str(self.authority) for name in names}

    def _set_up(self, key):
        browser = Browser(self)
        browser.open(f"/setup/{key}")
        browser.submit("/setup", organisation="Acme", time_zone="Europe/Berlin", address=self.url, name="Ana Ruiz",
                       login="ana", email="ana@example.com", password="correct horse battery staple")
        browser.open("/settings/tokens")
        page = browser.submit("/settings/tokens", name="peers", role="admin")
        self.token = re.search(r"alc_\w+", page).group(0)
        self.apply(
            {"kind": "organisation", "mail": {"host": "127.0.0.1", "port": self.mailbox.port, "security": "none",
                                              "sender": "Allclear <pager@example.com>"}},
            {"kind": "user", "slug": "ana", "name": "Ana Ruiz", "role": "admin", "email": "ana@example.com",
             "contacts": [{"channel": "email", "address": "ana@example.com", "verified": True}]},
            {"kind": "policy", "slug": "ana", "name": "Ana", "steps": [{"targets": [{"user": "ana"}], "wait": "30m"}]},
        )

    def apply(self, *documents):
        """Makes the configuration as these documents say."""
        self.api("POST", "/configuration/apply", {"documents": list(documents)})

    def integration(self, source, name):
        """A service of that name with an integration of that kind; returns its key."""
        key = f"peer{next(self.numbers):04}{'0' * 24}"
        self.apply(
            {"kind": "service", "slug": name, "name": name.capitalize(), "policy": "ana",
             "grouping": {"by": "service", "window": "10m"}},
            {"kind": "integration", "slug": f"{name}-in", "name": f"{name} in", "service": name, "source": source,
             "key": key},
        )
        return key

    def api(self, method, path, body=None):
        """Asks the API, and returns what it answers."""
        request = urllib.request.Request(f"{self.url}/api/v1{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=PATIENCE) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode()}") from None

    def incidents(self, service):
        """All incidents of a service, newest first."""
        return [one for one in self.api("GET", "/incidents?limit=200")["items"] if one["service"]["slug"] == service]

    def incident(self, service, state):
        """Waits for the service's one incident to be in that state."""

        def look():
            found = self.incidents(service)
            assert len(found) <= 1, f"{service} has {len(found)} incidents"
            return next((one for one in found if one["status"] == state), None)

        return eventually(look, f"incident of {service} that is {state}")

    def timeline(self, reference):
        """What happened to an incident, in sentences, oldest first."""
        entries = self.api("GET", f"/incidents/{reference}/timeline?limit=200")["items"]
        return [fact["sentence"] for entry in entries for fact in entry["facts"]]

    def alerts(self, service):
        """All alerts of a service, newest first."""
        return [one for one in self.api("GET", "/alerts?limit=200")["items"] if one["service"]["slug"] == service]

    def stop(self):
        """Stops everything."""
        self.process.stop()
        self.mailbox.stop()


class Browser:
    """As much of a browser as the set-up needs: cookies, and forms with their token."""

    def __init__(self, house):
        self.house = house
        self.cookies = {}
        self.csrf = ""

    def _send(self, method, path, body=None):
        connection = http.client.HTTPSConnection(self.house.host, context=self.house.context, timeout=PATIENCE)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        for header in answer.headers.get_all("set-cookie") or []:
            name, _, value = header.split(";")[0].partition("=")
            self.cookies[name] = value
        connection.close()
        if answer.status == 303:
            return self._send("GET", answer.headers["location"])
        assert answer.status == 200, f"{method} {path}: {answer.status}\n{page}"
        found = re.search(r'name="csrf" value="([^"]*)"', page)
        self.csrf = found.group(1) if found else self.csrf
        return page

    def open(self, path):
        """Opens a page."""
        return self._send("GET", path)

    def submit(self, path, **fields):
        """Sends a form of the page that is open."""
        return self._send("POST", path, urllib.parse.urlencode({"csrf": self.csrf, **fields}))


def root():
    """The top folder of the repository."""
    return Path(__file__).resolve().parents[2]
