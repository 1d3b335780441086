"""Debian's `amtool`, for which Allclear is an Alertmanager."""

import json
import os
import subprocess

import pytest

from documents import snippet
from house import eventually


class Amtool:
    """The tool, pointed at an integration."""

    def __init__(self, house, key):
        self.base = ["amtool", f"--alertmanager.url={house.url}/in/{key}/alertmanager"]
        self.environment = {**os.environ, **house.environment()}

    def run(self, *words):
        """Runs it, whatever comes of it."""
        return subprocess.run([*self.base, *words], env=self.environment, capture_output=True, text=True, timeout=30,
                              check=False)

    def __call__(self, *words):
        """Runs it, and returns what it prints."""
        done = self.run(*words)
        assert done.returncode == 0, f"amtool {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def json(self, *words):
        """Runs it, and returns what it prints as JSON."""
        return json.loads(self("--output=json", *words))


@pytest.fixture(name="amtool", scope="module")
def fixture_amtool(house):
    """The tool, pointed at a service of its own."""
    return Amtool(house, house.integration("alertmanager-api", "amtool"))


def test_an_alert_is_added_found_and_ended(amtool, house):
    amtool("alert", "add", "DiskFull", "severity=warning", "instance=db-1", "--annotation=summary=Disk of db-1 is full",
           "--generator-url=http://prometheus.example.com/graph")
    shown = eventually(lambda: amtool.json("alert", "query"), "alert in amtool")
    assert [alert["labels"]["alertname"] for alert in shown] == ["DiskFull"]
    assert shown[0]["status"]["state"] == "active" and shown[0]["receivers"] == [{"name": "amtool"}]
    assert shown[0]["generatorURL"] == "http://prometheus.example.com/graph"
    for filters, found in [
        (["DiskFull"], 1), (["severity=warning", "instance=~db-.*"], 1), (["instance!~db-.*"], 0), (["severity=info"], 0),
        (["--receiver=am.*"], 1), (["--receiver=other"], 0), (["--silenced"], 0), (["--active", "--silenced"], 1),
    ]:
        assert len(amtool.json("alert", "query", *filters)) == found, filters
    assert "Disk of db-1 is full" in amtool("alert", "query")
    assert "Disk of db-1 is full" in amtool("--output=extended", "alert", "query")

    amtool("alert", "add", "DiskFull", "severity=warning", "instance=db-1", "--start=2026-01-01T00:00:00Z",
           "--end=2026-01-01T00:01:00Z")
    eventually(lambda: not amtool.json("alert", "query"), "end of the alert in amtool")
    house.incident("amtool", "resolved")


def test_a_silence_is_added_found_changed_and_expired(amtool):
    silence = amtool("silence", "add", "alertname=DiskFull", "instance=~db-.+", "--author=ana", "--comment=being mended",
                     "--duration=1h").strip()
    shown = amtool.json("silence", "query")
    assert [one["id"] for one in shown] == [silence]
    assert [(one["name"], one["isRegex"]) for one in shown[0]["matchers"]] == [("alertname", False), ("instance", True)]
    assert amtool("silence", "query", "-q", "alertname=DiskFull").split() == [silence]
    assert amtool("silence", "query", "-q", "alertname=Other").split() == []
    assert "being mended" in amtool("silence", "query")
    assert amtool("silence", "query", "-q", "--created-by=ben").split() == []
    before = shown[0]["endsAt"]
    assert silence in amtool("silence", "update", silence, "--duration=3h", "--comment=takes longer")
    changed = amtool.json("silence", "query")
    assert changed[0]["endsAt"] > before and changed[0]["comment"] == "takes longer"
    amtool("silence", "expire", silence)
    assert amtool.json("silence", "query") == []
    assert [one["id"] for one in amtool.json("silence", "query", "--expired")] == [silence]


def test_silences_are_exported_and_imported(amtool, tmp_path):
    silence = amtool("silence", "add", "alertname=Imported", "--author=ana", "--comment=moved here").strip()
    kept = tmp_path / "silences.json"
    kept.write_text(amtool("--output=json", "silence", "query", "alertname=Imported"))
    amtool("silence", "import", "--force", str(kept))
    both = amtool("silence", "query", "-q", "alertname=Imported").split()
    assert len(both) == 2 and silence in both
    amtool("silence", "expire", *both)


def test_the_set_up_is_shown(amtool):
    assert "disabled" in amtool("cluster", "show")
    assert "do not hold back pages" in amtool("config", "show")
    assert "amtool" in amtool("config", "routes", "show")
    assert amtool("config", "routes", "test", "severity=critical").strip() == "amtool"


def test_what_is_wrong_is_said(amtool):
    for words, said in [
        (["silence", "expire", "01931ab0-0000-7000-8000-000000000000"], "404"),
        (["silence", "add", "alertname=~.*", "--comment=all"], "must not match the empty string"),
        (["alert", "query", "--receiver=("], "failed to parse receiver param"),
    ]:
        done = amtool.run(*words)
        assert done.returncode != 0 and said in done.stdout + done.stderr, f"{words}: {done}"


def test_the_document_works(house):
    key = house.integration("alertmanager-api", "documented")
    script = snippet("alertmanager.md", "sh", "amtool", house, key)
    environment = {**os.environ, **house.environment()}
    done = subprocess.run(["sh", "-euc", script], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "being mended" in done.stdout, done
    house.incident("documented", "triggered")
