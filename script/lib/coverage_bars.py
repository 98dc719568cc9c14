"""Hold each module of the integration to its bar of coverage: coverage_bars.py REPORT.json."""

from collections.abc import Mapping
import json
from pathlib import Path
import sys
from typing import Final

PACKAGE: Final = "custom_components/reengen/"
# What a user cannot get past without: every line and branch of the forms is run.
FULL_COVERAGE: Final = frozenset({f"{PACKAGE}config_flow.py"})
FULL_BAR: Final = 100.0
COMMON_BAR: Final = 95.0


def bar_of(module: str) -> float:
    """Return the least share, in percent, of a module's lines and branches that the tests have to run."""
    return FULL_BAR if module in FULL_COVERAGE else COMMON_BAR


def below_bar(percent_of: Mapping[str, float], modules: frozenset[str]) -> list[str]:
    """Return a line for each module that the report puts below its bar, or does not know."""
    shortfalls = []
    for module in sorted(modules | FULL_COVERAGE):
        percent, bar = percent_of.get(module), bar_of(module)
        if percent is None:
            shortfalls.append(f"{module}: not in the report")
        elif percent < bar:
            shortfalls.append(f"{module}: {percent:.2f} %, the bar is {bar:.0f} %")
    return shortfalls


def main() -> int:
    """Print what falls short; return the exit code."""
    report = json.loads(Path(sys.argv[1]).read_text())
    percent_of = {name: content["summary"]["percent_covered"] for name, content in report["files"].items()}
    repository = Path(__file__).parents[2]
    modules = frozenset(str(path.relative_to(repository)) for path in (repository / PACKAGE).rglob("*.py"))
    shortfalls = below_bar(percent_of, modules)
    print("\n".join(shortfalls) or f"coverage: {len(modules)} modules reach their bars")
    return 1 if shortfalls else 0


if __name__ == "__main__":
    sys.exit(main())
