"""The first occurrences of recurrence rules by python-dateutil: a start and a rule on each line, and so is the answer.

A `?` stands for what was not found in a twentieth of a second of computing.

Called by crates/core/tests/recurrence.rs, which compares them with our own.
"""

import datetime
import signal
import sys
import types
from itertools import islice

import dateutil.rrule


class TooSlow(Exception):
    """It took too long."""


def give_up(_signal, _frame):
    raise TooSlow


def first(start, rule, count, last_year):
    """The first ones, none after that year."""
    try:
        found = dateutil.rrule.rrulestr(rule, dtstart=start).xafter(start, inc=True)
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
    # Where nothing matches, dateutil searches until the last year that there is.
    calendar = types.ModuleType("datetime")
    vars(calendar).update(vars(datetime), MAXYEAR=last_year)
    dateutil.rrule.datetime = calendar
    for line in sys.stdin:
        start, rule = line.split()
        start = datetime.datetime.strptime(start, "%Y%m%dT%H%M%S")
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)
        try:
            answer = [at.strftime("%Y%m%dT%H%M%S") for at in first(start, rule, count, last_year)]
        except TooSlow:
            answer = ["?"]
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        print(*answer)


main()
