"""PagerDuty's own libraries, as their users run them: the programs of the documents."""

import os
import subprocess
import sys

import pytest

from documents import snippet, snippets
from house import eventually

COURSE = ["incident_opened", "incident_acknowledged", "incident_resolved"]


def run(house, program, text, ending, folder):
    """Runs a program of a document."""
    file = folder / f"program{ending}"
    file.write_text(text)
    environment = {**os.environ, **house.environment()}
    done = subprocess.run([program, str(file)], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    ("name", "language", "program", "severity", "summary"),
    [
        ("pagerduty", "python", sys.executable, "sev1", "Disk of db-1 is full"),
        ("pdpyras", "python", sys.executable, "sev2", "Disk of db-2 is full"),
        ("pdjs", "js", "node", "sev3", "Disk of db-3 is full"),
    ],
)
def test_trigger_acknowledge_resolve_and_a_change(house, tmp_path, name, language, program, severity, summary):
    service = f"sdk-{name}"
    key = house.integration("pagerduty", service)
    word = "pdpyras." if name == "pdpyras" else "pagerduty.EventsApiV2Client" if name == "pagerduty" else "pdjs"
    run(house, program, snippet("pagerduty-sdk.md", language, word, house, key), f".{language}", tmp_path)
    incident = house.incident(service, "resolved")
    assert (incident["title"], incident["severity"]) == (summary, severity)
    facts = [fact["data"]["fact"] for entry in house.api("GET", f"/incidents/{incident['reference']}/timeline")["items"]
             for fact in entry["facts"]]
    course = [fact for fact in facts if fact in COURSE]
    assert course == sorted(course, key=COURSE.index) and set(course) == set(COURSE), facts
    # The change was taken, and is no alert.
    assert len(house.alerts(service)) == 1


def test_the_generic_webhook_takes_what_the_document_says(house):
    key = house.integration("generic", "generic")
    for script in snippets("generic.md", "sh"):
        script = script.replace("allclear.example.com", house.host).replace("YOUR-INTEGRATION-KEY", key)
        environment = {**os.environ, **house.environment()}
        done = subprocess.run(["sh", "-euc", script], env=environment, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 0, done
    eventually(lambda: len(house.alerts("generic")) == 2, "two alerts")
    eventually(lambda: [alert["firing"] for alert in house.alerts("generic")] == [True, False], "end of the first")
