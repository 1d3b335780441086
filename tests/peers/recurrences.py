"""The first occurrences of recurrence rules by python-dateutil: a start and a rule on each line, and so is the answer.

A `?` stands for what was not found in half a second of computing: where nothing matches, dateutil searches until the year 9999.

Called by crates/core/tests/recurrence.rs, which compares them with our own.
"""

import signal
import sys
from datetime import datetime
from itertools import islice

from dateutil.rrule import rrulestr


class TooSlow(Exception):
    """It took too long."""


def give_up(_signal, _frame):
    raise TooSlow


def first(start, rule, count, last_year):
    """The first ones, none after that year."""
    try:
        found = rrulestr(rule, dtstart=start).xafter(start, inc=True)
        for at in islice(found, count):
            if at.year > last_year:
                return
            yield at
    except ValueError as error:
        # What can never be is refused by dateutil, sometimes late, and empty for others.
        if "empty set" not in str(error) and "Invalid combination" not in str(error):
            raise


def main():
    signal.signal(signal.SIGVTALRM, give_up)
    count, last_year = int(sys.argv[1]), int(sys.argv[2])
    for line in sys.stdin:
        start, rule = line.split()
        start = datetime.strptime(start, "%Y%m%dT%H%M%S")
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.5)
        try:
            answer = [at.strftime("%Y%m%dT%H%M%S") for at in first(start, rule, count, last_year)]
        except TooSlow:
            answer = ["?"]
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        print(*answer)


main()
