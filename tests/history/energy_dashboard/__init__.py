"""The Energy dashboard after an import: with a real recorder, energy manager and websocket."""
