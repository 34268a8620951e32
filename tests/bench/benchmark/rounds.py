"""Alternating rounds: a shared machine drifts, so the two sides of a ratio are measured in turns."""
import dataclasses
import statistics


@dataclasses.dataclass
class Comparison:
    """`ours` and `theirs` are medians; `ratio` is the median of theirs ÷ ours of each round."""
    ours: float
    theirs: float
    ratio: float
    spread: tuple


def compare(ours, theirs, rounds):
    """Both are functions that measure once. Who goes first changes from round to round."""
    pairs = []
    for number in range(rounds):
        if number % 2 == 0:
            mine, other = ours(), theirs()
        else:
            other, mine = theirs(), ours()
        pairs.append((mine, other))
    return of_pairs(pairs)


def of_pairs(pairs):
    ratios = [theirs / ours for ours, theirs in pairs]
    return Comparison(statistics.median(ours for ours, _ in pairs), statistics.median(theirs for _, theirs in pairs),
                      statistics.median(ratios), (min(ratios), max(ratios)))


def inverse(comparison):
    """For costs that are limited from above: ours ÷ theirs."""
    low, high = comparison.spread
    return dataclasses.replace(comparison, ratio=1 / comparison.ratio, spread=(1 / high, 1 / low))
