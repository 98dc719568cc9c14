"""Measurements of the integration against its stated bars: `script/bench` prints the table."""
