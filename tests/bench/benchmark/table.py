"""Rows of the table and how they are printed."""
import dataclasses


@dataclasses.dataclass
class Row:
    """One line: `ratio` is what the target is about; `spread` its lowest and highest round."""
    name: str
    value: float
    unit: str
    ratio: float
    target: str
    verdict: str
    spread: tuple = ()

    def line(self):
        return "\t".join([self.name, f"{self.value:.4g}", self.unit, f"{self.ratio:.3f}", self.target, self.verdict])

    def cells(self):
        spread = f" ({self.spread[0]:.2f}–{self.spread[1]:.2f})" if self.spread else ""
        return [self.name, f"{number(self.value)} {self.unit}", f"{self.ratio:.2f}{spread}", self.target, self.verdict]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def at_least(name, value, unit, ratio, target, stretch=None, spread=()):
    return Row(name, value, unit, ratio, limits("≥", target, stretch), "ok" if ratio >= target else "short", spread)


def at_most(name, value, unit, ratio, target, stretch=None, spread=()):
    return Row(name, value, unit, ratio, limits("≤", target, stretch), "ok" if ratio <= target else "short", spread)


def within(name, value, unit, ratio, share):
    return Row(name, value, unit, ratio, f"1 ± {share:g}", "ok" if abs(ratio - 1) <= share else "short")


def beside(name, value, unit, ratio):
    """Shown for comparison; nothing is demanded of it."""
    return Row(name, value, unit, ratio, "-", "-")


def limits(sign, target, stretch):
    return f"{sign} {target:g}" + (f" (stretch {stretch:g})" if stretch is not None else "")


def markdown(rows):
    lines = ["| what | value | ratio | target | |", "|---|---|---|---|---|"]
    return "\n".join(lines + ["| " + " | ".join(row.cells()) + " |" for row in rows])
