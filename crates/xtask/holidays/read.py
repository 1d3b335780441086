"""Prints the public holidays of every country and region, as crates/core/src/holiday/regions.txt holds them.

The dates come from the package `holidays` of PyPI. A country lists all of its holidays; a region of it only says which
it has more (+) or has not (-). `*0101` is the first of January of every year, `260403` the third of April 2026.
"""

import collections
import importlib.metadata
import re
import sys
import warnings

import holidays

FIRST, LAST = int(sys.argv[1]), int(sys.argv[2])
YEARS = range(FIRST, LAST + 1)
CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")

warnings.simplefilter("ignore")


def days(country, region=None):
    described = getattr(holidays, country)
    english = {"language": "en_US"} if "en_US" in described.supported_languages else {}
    found = holidays.country_holidays(country, subdiv=region, years=YEARS, categories=("public",), **english)
    name = lambda text: " / ".join(part.strip() for part in text.split(";"))
    return {(day, name(text)) for day, text in found.items() if day.year in YEARS}


def lines(sign, entries):
    by_name = collections.defaultdict(set)
    for day, name in entries:
        by_name[name].add(day)
    for name, dates in sorted(by_name.items()):
        years = collections.Counter((day.month, day.day) for day in dates)
        yearly = {of_year for of_year, count in years.items() if count == len(YEARS)}
        words = [f"*{month:02}{day:02}" for month, day in sorted(yearly)]
        words += [f"{day:%y%m%d}" for day in sorted(dates) if (day.month, day.day) not in yearly]
        yield f"{sign}{name}\t{' '.join(words)}"


print(f"# Public holidays of {FIRST} to {LAST} from the package `holidays` {importlib.metadata.version('holidays')} of PyPI, MIT licence,")
print("# © the authors of `holidays` (Vacanza Team and individual contributors). Written by `cargo xtask holidays`.")
for country, regions in sorted(holidays.list_supported_countries(include_aliases=False).items()):
    national = days(country)
    print(f"@{country}")
    print("\n".join(lines("+", national)) or "# none")
    for code in sorted(code for code in (f"{country}-{region}" for region in regions) if CODE.fullmatch(code)):
        regional = days(country, code.partition("-")[2])
        print(f"@{code}")
        for line in [*lines("-", national - regional), *lines("+", regional - national)]:
            print(line)
