"""The Home Assistant of the demo: its folder, its seeds, and how it is started."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import shutil
import sys
from typing import Any, Final

from .ports import LOOPBACK
from .programs import Launch

# Home Assistant's exit code for "start me again", after a restart from its frontend.
RESTART_EXIT_CODE: Final = 100
# Their pinned versions have no wheel for this Python; script/setup brings newer ones, so that they import.
VOICE_PACKAGES: Final = "pymicro-vad,pyspeex-noise"
# Without byte code kept from the start before, every start takes three times as long.
NO_BYTE_CODE: Final = "PYTHONDONTWRITEBYTECODE"
# What the editors of the frontend write.
EDITED_FILES: Final = ("automations.yaml", "scripts.yaml", "scenes.yaml")
# Set up by `default_config` would be discovery, cloud and camera streaming: they need the internet and a C library.
CONFIGURATION: Final = """\
homeassistant:
  name: Reengen demo
  latitude: 40.8
  longitude: 29.4
  elevation: 20
  unit_system: metric
  currency: TRY
  country: TR
  language: {language}
  time_zone: {time_zone}
  internal_url: {url}
  external_url: {url}
frontend:
automation: !include automations.yaml
script: !include scripts.yaml
scene: !include scenes.yaml
isal:
history:
logbook:
energy:
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    # An installation at run time would show here: script/setup has to bring everything.
    homeassistant.util.package: info
    # Base platforms that nothing here uses look for ffmpeg and libturbojpeg.
    haffmpeg.core: fatal
    haffmpeg.tools: error
    homeassistant.components.camera.img_util: fatal
  filters:
    homeassistant.requirements:
      - "Skipping requirement (pymicro-vad|pyspeex-noise)"
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class HomeFolder:
    """The files of one Home Assistant: what it is given, and what it keeps from start to start."""

    root: Path

    @property
    def config(self) -> Path:
        """Home Assistant's configuration folder."""
        return self.root / "config"

    @property
    def log(self) -> Path:
        """Everything Home Assistant has printed since the folder was made."""
        return self.root / "home-assistant.log"

    @property
    def database(self) -> Path:
        """The recorder's database."""
        return self.config / "home-assistant_v2.db"

    @property
    def token(self) -> Path:
        """The long-lived access token of the demo's user."""
        return self.root / "token"

    def prepare(self, *, repository: Path, port: int, time_zone: str, language: str) -> None:
        """Write what Home Assistant reads at its start; what it has stored itself stays."""
        storage = self.config / ".storage"
        storage.mkdir(parents=True, exist_ok=True)
        url = f"http://{LOOPBACK}:{port}"
        configuration = CONFIGURATION.format(url=url, time_zone=time_zone, language=language)
        (self.config / "configuration.yaml").write_text(configuration)
        for edited in EDITED_FILES:
            (self.config / edited).touch()
        link = self.config / "custom_components"
        link.unlink(missing_ok=True)
        link.symlink_to(repository / "custom_components")
        # A copy: Home Assistant looks for blueprints in no folder that is a link.
        shutil.copytree(repository / "blueprints", self.config / "blueprints", dirs_exist_ok=True)
        write_json(storage / "http", http_seed(port))
        if not (storage / "onboarding").exists():
            write_json(storage / "onboarding", onboarding_seed())


def http_seed(port: int) -> dict[str, Any]:
    """Return the stored settings of the web server: this port of 127.0.0.1 alone.

    Without them Home Assistant listens on all interfaces; settings in YAML would be tried for five minutes and then
    dropped. Written in the form of 2026.10, which later versions migrate.
    """
    stable = {
        "server_host": [LOOPBACK],
        "server_port": port,
        "cors_allowed_origins": ["https://cast.home-assistant.io"],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": datetime.now(UTC).isoformat(),
        "error": None,
        "error_message": None,
    }
    data = {"stable": stable, "pending": None, "yaml_migration_done": True}
    return {"version": 2, "minor_version": 2, "key": "http", "data": data}


def onboarding_seed() -> dict[str, Any]:
    """Return an onboarding in which only the user is left: the other steps start flows that need the internet."""
    done = ["core_config", "analytics", "integration"]
    return {"version": 4, "minor_version": 1, "key": "onboarding", "data": {"done": done}}


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file as Home Assistant stores its own, readable by its owner alone."""
    path.write_text(json.dumps(content, indent=2))
    path.chmod(0o600)


def home_assistant(folder: HomeFolder) -> Launch:
    """Return how Home Assistant is started: by the interpreter of this process, again when it asks for it."""
    options = ("--config", str(folder.config), "--skip-pip-packages", VOICE_PACKAGES, "--log-no-color")
    return Launch(
        name="Home Assistant",
        arguments=(sys.executable, "-m", "homeassistant", *options),
        folder=folder.config,
        log=folder.log,
        # A crash in native code then leaves in the log where it was.
        env={name: value for name, value in os.environ.items() if name != NO_BYTE_CODE}
        | {"PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"},
        restart_code=RESTART_EXIT_CODE,
    )
