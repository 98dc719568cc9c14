"""A real Home Assistant beside the simulated platform, started, set up, shown and checked by one command."""
