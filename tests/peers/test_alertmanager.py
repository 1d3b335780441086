"""A real Alertmanager that sends on: by its webhook, and as to PagerDuty."""

import subprocess

import yaml

from documents import snippet
from house import Process, eventually, free_port


class Alertmanager:
    """Debian's Alertmanager, set up as the document says but for its waits, and fed by `amtool`."""

    def __init__(self, house, key, word, folder):
        config = yaml.safe_load(snippet("alertmanager.md", "yaml", word, house, key))
        config["route"] |= {"group_wait": "0s", "group_interval": "1s"}
        (folder / "alertmanager.yml").write_text(yaml.safe_dump(config))
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = Process("alertmanager", [
            "prometheus-alertmanager", "--config.file", folder / "alertmanager.yml", "--storage.path", folder / "data",
            "--web.listen-address", self.url.removeprefix("http://"), "--cluster.listen-address=",
        ], folder, house.environment())
        self.process.wait_for("Listening on")

    def add(self, *words):
        """Gives it an alert."""
        subprocess.run(["amtool", f"--alertmanager.url={self.url}", "alert", "add", *words], check=True, timeout=30)

    def end(self, *words):
        """Tells it that an alert is over."""
        self.add(*words, "--start=2026-01-01T00:00:00Z", "--end=2026-01-01T00:01:00Z")


def test_its_webhook_tells_each_alert(house, tmp_path):
    key = house.integration("alertmanager", "webhook")
    alertmanager = Alertmanager(house, key, "webhook_configs", tmp_path)
    try:
        one, two = ["DiskFull", "instance=db-1", "severity=critical"], ["DiskFull", "instance=db-2", "severity=warning"]
        alertmanager.add(*one, "--annotation=summary=Disk of db-1 is full")
        alertmanager.add(*two, "--annotation=summary=Disk of db-2 is full")
        eventually(lambda: len(house.alerts("webhook")) == 2, "two alerts")
        assert sorted(alert["severity"] for alert in house.alerts("webhook")) == ["sev1", "sev3"]
        alertmanager.end(*one)
        firing = lambda: [alert["labels"]["instance"] for alert in house.alerts("webhook") if alert["firing"]]  # noqa: E731
        eventually(lambda: firing() == ["db-2"], "end of the first alert")
        house.incident("webhook", "triggered")
        alertmanager.end(*two)
        house.incident("webhook", "resolved")
    finally:
        alertmanager.process.stop()


def test_it_sends_as_to_pagerduty(house, tmp_path):
    key = house.integration("pagerduty", "pagerduty")
    alertmanager = Alertmanager(house, key, "pagerduty_configs", tmp_path)
    try:
        alert = ["Slow", "instance=web-1", "severity=warning"]
        alertmanager.add(*alert)
        house.incident("pagerduty", "triggered")
        (seen,) = house.alerts("pagerduty")
        assert len(seen["dedup_key"]) == 64 and seen["severity"] == "sev3", seen
        alertmanager.end(*alert)
        house.incident("pagerduty", "resolved")
    finally:
        alertmanager.process.stop()
