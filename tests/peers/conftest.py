"""What the tests with real peers share. `cargo xtask peers` runs them, and sets the environment that they need."""

import os
from pathlib import Path

import pytest

from house import House


def needed(variable):
    """A variable of the environment, which must be there."""
    value = os.environ.get(variable)
    assert value, f"{variable} is not set; run `cargo xtask peers`"
    return value


@pytest.fixture(scope="session")
def chromium():
    """The browser."""
    return needed("ALLCLEAR_TEST_CHROMIUM")


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """The Allclear that all tests talk to."""
    house = House(Path(needed("ALLCLEAR_TEST_PROGRAM")), tmp_path_factory.mktemp("house"))
    yield house
    house.stop()
