"""Scores a patient by secret weights."""

from .weights import load

__all__ = ["score"]

_WEIGHTS = load()


def score(patient):
    return sum(
        points
        for column, ranges in _WEIGHTS.items()
        for low, high, points in ranges
        if low <= float(patient[column]) < high
    )
