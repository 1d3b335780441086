"""schemathesis: requests made from a description, right ones and wrong ones, and every answer compared with it."""

import copy
import subprocess
import sys

import pytest
import yaml

from conftest import needed
from house import House, root

SOUND = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
DECORATIONS = ("client", "client_url", "links", "images", "timestamp", "component", "group", "class", "custom_details")


def schemathesis(house, document, folder, *words):
    """Runs it on a document, with the same seed every time."""
    command = [
        sys.executable, "-c", "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())", "run",
        str(document), "--tls-verify", str(house.authority), "--seed", "1", "--no-color", "--warnings", "off", *words,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{done.stdout[-12_000:]}{done.stderr[-2_000:]}"


def events_schema(key):
    """Our description of the Events API, with the key of an integration."""
    document = yaml.safe_load((root() / "tests/peers/events-v2.yaml").read_text())
    document["components"]["schemas"]["Key"]["enum"] = [key]
    return document


def without_decorations(document):
    """The same, but that what only decorates may be anything: it never costs a page."""
    document = copy.deepcopy(document)

    def loosen(schema):
        if isinstance(schema, dict):
            for name in set(schema.get("properties", {})) & set(DECORATIONS):
                schema["properties"][name] = {}
            for part in schema.values():
                loosen(part)

    schemas = document["components"]["schemas"]
    loosen(schemas)
    # A change may come from anywhere.
    schemas["Change"]["properties"]["payload"]["properties"]["source"] = {}
    return document


@pytest.mark.parametrize(
    ("mode", "checks"),
    [("positive", f"{SOUND},positive_data_acceptance"), ("negative", f"{SOUND},negative_data_rejection,unsupported_method")],
)
def test_the_events_api_takes_what_pagerduty_takes(house, tmp_path, mode, checks):
    key = house.integration("pagerduty", f"schema-{mode}")
    document = events_schema(key)
    if mode == "negative":
        document = without_decorations(document)
    file = tmp_path / "events-v2.yaml"
    file.write_text(yaml.safe_dump(document))
    schemathesis(house, file, tmp_path, "--url", f"{house.url}/v2", "--mode", mode, "--checks", checks,
                 "--max-examples", "100")


@pytest.fixture(name="spare", scope="module")
def fixture_spare(tmp_path_factory):
    """A house of its own: what is tried here changes everything."""
    house = House(needed("ALLCLEAR_TEST_PROGRAM"), tmp_path_factory.mktemp("spare"))
    yield house
    house.stop()


def test_our_own_api_answers_as_its_document_says(spare, tmp_path):
    spare.integration("generic", "shop")
    schemathesis(spare, f"{spare.url}/api/openapi.json", tmp_path, "--header", f"Authorization: Bearer {spare.token}",
                 "--checks", SOUND, "--max-examples", "10", "--phases", "examples,coverage,fuzzing", "--continue-on-failure")
