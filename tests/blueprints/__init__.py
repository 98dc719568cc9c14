"""The blueprints: each is loaded by Home Assistant's own automations and run against the simulated platform."""
