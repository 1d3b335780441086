"""A real Prometheus: from its rule to the tap on a phone, and to the all-clear."""

import http.server
import re
import subprocess
import threading

import yaml

from documents import snippet
from house import Process, eventually, free_port, root


class Queue:
    """Something to watch: a queue whose length is a metric."""

    def __init__(self):
        self.length = 0
        queue = self

        class Metrics(http.server.BaseHTTPRequestHandler):
            """Answers a scrape."""

            def do_GET(self):  # noqa: N802: the library's name
                """Says how long the queue is."""
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(f"queue_length {queue.length}\n".encode())

            def log_message(self, *_):
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Metrics)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self):
        """Where it is scraped."""
        return f"127.0.0.1:{self.server.server_port}"


def start(house, key, queue, folder):
    """Starts a Prometheus that is set up as the document says, and looks every second."""
    (folder / "rules.yml").write_text(snippet("prometheus.md", "yaml", "QueueTooLong", house, key))
    config = yaml.safe_load(snippet("prometheus.md", "yaml", "alertmanagers", house, key))
    config |= {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": [queue.address]}]}],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    return Process("prometheus", [
        "prometheus", "--config.file", folder / "prometheus.yml", "--storage.tsdb.path", folder / "data",
        "--web.listen-address", f"127.0.0.1:{free_port()}",
    ], folder, house.environment())


def tap(chromium, house, link):
    """Opens a page's link on a phone and taps "Acknowledge"."""
    phone = ["node", str(root() / "tests/peers/phone.js"), chromium, link]
    done = subprocess.run(phone, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stdout


def test_a_rule_pages_until_somebody_taps_and_it_is_over(house, chromium, tmp_path):
    key = house.integration("alertmanager-api", "queue")
    queue = Queue()
    queue.length = 99
    prometheus = start(house, key, queue, tmp_path)
    try:
        page = house.mailbox.wait_for("The queue of", "has 99 entries")
        incident = house.incident("queue", "triggered")
        assert incident["severity"] == "sev1"
        text = page.get_body(("plain",)).get_content()
        assert "https://wiki.example.com/runbooks/queue" in text
        link = re.search(rf"{re.escape(house.url)}/k/\S+", text).group(0)
        assert "You acknowledged" in tap(chromium, house, link)
        acknowledged = house.incident("queue", "acknowledged")
        assert acknowledged["status_by"]["name"] == "Ana Ruiz"

        queue.length = 1
        assert house.incident("queue", "resolved")["reference"] == incident["reference"]
        over = house.mailbox.wait_for("Re:", "The queue of").get_body(("plain",)).get_content()
        assert "resolved" in over.lower(), over
        eventually(lambda: not any(alert["firing"] for alert in house.alerts("queue")), "end of the alert")
    finally:
        prometheus.stop()
        queue.server.shutdown()
