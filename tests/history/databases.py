"""A database of its own for each test, on the server that `--dburl` names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pymysql.converters
from pytest_homeassistant_custom_component.patch_time import HAFakeDatetime
from sqlalchemy import create_engine, make_url, text

DATABASE: Final = "recorder_of_a_test"

# The driver looks a converter up by the exact class, which is another while the clock stands.
pymysql.converters.conversions[HAFakeDatetime] = pymysql.converters.escape_datetime


@contextmanager
def empty_database(server_url: str) -> Iterator[str]:
    """Yield the URL of a new, empty database on a server, which is gone afterwards.

    That it can be dropped shows that nothing has kept a connection to it.
    """
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {DATABASE}"))
            connection.execute(text(f"CREATE DATABASE {DATABASE}"))
        yield make_url(server_url).set(database=DATABASE).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {DATABASE}"))
    finally:
        engine.dispose()
