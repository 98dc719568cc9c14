"""Tables in Markdown that follow the states of entities: Home Assistant fills these templates in the browser's session; pure.

A value that is not known is a dash, never a zero. Thousands are grouped by a narrow space, which every language reads.
"""

from collections.abc import Iterable, Mapping, Sequence
import json
from typing import Final

# Energies are compared in kWh and powers in kW, whatever unit the user has chosen for a sensor.
_MACROS: Final = """\
{%- set factors = {'Wh': 0.001, 'MWh': 1000, 'GWh': 1000000, 'W': 0.001, 'MW': 1000} -%}
{%- macro number(value) -%}{{ '\u2013' if value is none else '{:,.0f}'.format(value) | replace(',', '\u202f') }}{%- endmacro -%}
"""
# What is no text is a figure, or none.
_KNOWN: Final = "states({value}) | float(none) if {value} is string else {value}"


type MeterRow = tuple[str, str, Sequence[str | float | None]]
"""A line of a ranking: a name, where a click on it leads, and for each column an entity, or a figure that stands still."""


def month_table(lines: Iterable[str], base_load: tuple[str | float, str] | None, texts: Mapping[str, str]) -> str:
    """Return what a month came to so far, is expected to come to, and how the last one was, of some lines of the month.

    `base_load` are the base load or its entity, and the entity of the month's energy, of which it is a share: told from
    the second day on, as the newest hours are still to come.
    """
    head = f"{_MACROS}| | {texts['so_far']} | {texts['forecast']} | {texts['last_month']} | {texts['difference']} |"
    below = [] if base_load is None else ["", _base_load_line(*base_load, texts)]
    return "\n".join([head, "|:--|--:|--:|--:|--:|", *lines, *below])


def month_line(name: str, so_far: str, forecast: str | float | None, last_month: float | None) -> str:
    """Return a line of the month: the entity of what was used, the forecast or its entity, and what the last month came to."""
    return (
        f"{{% set now_ = {_scaled(so_far)} -%}}"
        f"{{%- set end_ = {_scaled(forecast)} -%}}"
        f"{{%- set last_ = {_literal(last_month)} -%}}"
        f"| {_cell(name)} | {{{{ number(now_) }}}} | {{{{ number(end_) }}}} | {{{{ number(last_) }}}} |"
        " {{ '\u2013' if end_ is none or not last_ else '%+d %%' | format((100 * (end_ / last_ - 1)) | round) }} |"
    )


def _base_load_line(load: str | float, energy: str, texts: Mapping[str, str]) -> str:
    share = "'%d %%' | format((100 * load * hours / used) | round)"
    return (
        f"{{% set load = {_scaled(load)} -%}}"
        f"{{%- set used = {_scaled(energy)} -%}}"
        "{%- set hours = (now() - now().replace(day=1, hour=0, minute=0, second=0)).total_seconds() / 3600 -%}"
        f"{_cell(texts['base_load'])}: {{{{ number(load) }}}} kW"
        f"{{% if load is not none and used and hours >= 24 %}} ({{{{ {share} }}}} {texts['of_month']}){{% endif %}}"
    )


def ranking(rows: Iterable[MeterRow], headings: Sequence[str], meter: str, most: int | None = None) -> str:
    """Return meters by their first column, the largest first, and `most` at the most."""
    cut = "" if most is None else f"[:{most}]"
    shown = " ".join(f"{{{{ number(row.columns[{index}]) }}}} |" for index in range(len(headings)))
    return "\n".join(
        [
            _MACROS + "{%- set found = namespace(rows=[]) -%}",
            f"{{%- for name, path, columns in {_literal([*rows])} -%}}",
            "{%- set values = namespace(all=[]) -%}",
            "{%- for column in columns -%}",
            f"{{%- set value = {_KNOWN.format(value='column')} -%}}",
            "{%- set factor = factors.get(state_attr(column, 'unit_of_measurement'), 1) if column is string else 1 -%}",
            "{%- set values.all = values.all + [none if value is none else value * factor] -%}",
            "{%- endfor -%}",
            "{%- if values.all[0] is not none -%}",
            "{%- set row = {'name': name, 'path': path, 'columns': values.all, 'by': values.all[0]} -%}",
            "{%- set found.rows = found.rows + [row] -%}",
            "{%- endif -%}",
            "{%- endfor -%}",
            f"| {' | '.join([meter, *headings])} |",
            f"|:--|{'--:|' * len(headings)}",
            f"{{% for row in (found.rows | sort(attribute='by', reverse=true)){cut} -%}}",
            f"| [{{{{ row.name }}}}]({{{{ row.path }}}}) | {shown}",
            "{% endfor %}",
        ]
    )


def worst_line(rows: Iterable[tuple[str, str | float]], text: str) -> str:
    """Return the meter with the highest ratio, from names, and entities or figures in percent; nothing without any."""
    return "\n".join(
        [
            "{%- set found = namespace(name=none, ratio=none) -%}",
            f"{{%- for name, value in {_literal([*rows])} -%}}",
            f"{{%- set ratio = {_KNOWN.format(value='value')} -%}}",
            "{%- if ratio is not none and (found.ratio is none or ratio > found.ratio) -%}",
            "{%- set found.name = name -%}{%- set found.ratio = ratio -%}",
            "{%- endif -%}",
            "{%- endfor -%}",
            "{% if found.name is not none %}",
            f"{text}: **{{{{ found.name }}}}** ({{{{ found.ratio | round | int }}}} %)",
            "{% endif %}",
        ]
    )


def cost_line(entity: str, text: str, currency: str) -> str:
    """Return what exceeding a limit is expected to cost this month, while it is exceeded."""
    cost = f"state_attr({_literal(entity)}, 'expected_cost')"
    return (
        f"{{%- set cost = {cost} -%}}"
        f"{{% if cost is number %}}{text}: {{{{ '{{:,.0f}}'.format(cost) | replace(',', '\u202f') }}}} {currency}{{% endif %}}"
    )


def names_of(entity: str) -> str:
    """Return the names in the attribute `points` of an entity, one to a line."""
    return f"{{% for name in state_attr({_literal(entity)}, 'points') or [] %}}- {{{{ name }}}}\n{{% endfor %}}"


def _scaled(entity: str | float | None) -> str:
    """Return the expression of a state in kWh, kW or money; none where there is no number, and a number as it is."""
    if not isinstance(entity, str):
        return _literal(entity)
    name = _literal(entity)
    value = f"states({name}) | float(none)"
    factor = f"factors.get(state_attr({name}, 'unit_of_measurement'), 1)"
    return f"({value}) * {factor} if ({value}) is not none else none"


def _literal(value: object) -> str:
    """Return a value as a literal of the template language, in which a text ends no cell of a table."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, str):
        return json.dumps(_cell(value))
    return "none" if value is None else repr(value)


def _cell(text: str) -> str:
    """Return a text that ends no cell, link or line of a table."""
    return "".join("\\" + each if each in "\\|[]*`<" else " " if each in "\r\n" else each for each in text)
