"""Every module has a bar of coverage."""

from script.lib.coverage_bars import FULL_COVERAGE, below_bar


def test_coverage_bars() -> None:
    """The config flow has to be whole, everything else nearly; what is not in the report falls short."""
    (flow,) = FULL_COVERAGE
    percent_of = {flow: 99.9, "a.py": 95.0, "b.py": 94.9}
    shortfalls = below_bar(percent_of, frozenset({flow, "a.py", "b.py", "c.py"}))
    assert [line.partition(":")[0] for line in shortfalls] == ["b.py", "c.py", flow]
