"""Signals in this process; in others: tests/end_to_end."""

import signal

import pytest

from scanner.execution.interrupts import SIGNALS, as_keyboard_interrupt, interruptible


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_asks_for_the_end(number):
    before, told = [signal.getsignal(s) for s in SIGNALS], []
    with interruptible(lambda: told.append(1)) as interrupted:
        assert not interrupted.is_set()
        signal.raise_signal(number)
        assert interrupted.is_set()
        for again in SIGNALS[1:]:  # batch systems and terminals repeat themselves
            signal.raise_signal(again)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert told == [1]
    assert [signal.getsignal(s) for s in SIGNALS] == before


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible(lambda: None) as interrupted, as_keyboard_interrupt():
            signal.raise_signal(signal.SIGHUP)
        assert not interrupted.is_set()
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_outside_of_a_run_they_interrupt(number):
    with pytest.raises(KeyboardInterrupt), as_keyboard_interrupt():
        signal.raise_signal(number)
