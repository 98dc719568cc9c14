"""`python -m simulator`: serve a world on 127.0.0.1 until told to stop."""

import argparse
import asyncio
from datetime import UTC, datetime
import logging
import signal
import sys
import time

from simulator.options import WorldOptions
from simulator.server import Simulator


def _arguments() -> argparse.Namespace:
    defaults = WorldOptions()
    parser = argparse.ArgumentParser(prog="python -m simulator", description="A Reengen platform with a made-up world.")
    parser.add_argument("--port", type=int, default=8765, help="0 takes any free port")
    parser.add_argument(
        "--database", default=":memory:", help="file to keep the world in, used again when options match"
    )
    parser.add_argument("--points", type=int, default=defaults.points)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument(
        "--days", type=int, default=defaults.history_days, help="whole local days of readings before now"
    )
    parser.add_argument("--time-zone", default=defaults.time_zone)
    parser.add_argument("--now", type=_instant, help="ISO instant; the clock then stands still there until moved")
    parser.add_argument("--verbose", action="store_true", help="log one line for each request")
    return parser.parse_args()


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


async def _serve(arguments: argparse.Namespace) -> None:
    options = WorldOptions(
        seed=arguments.seed, points=arguments.points, time_zone=arguments.time_zone, history_days=arguments.days
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    _say(f"Preparing {options.points} points, {options.history_days} days ...")
    began = time.monotonic()
    async with await Simulator.start(
        options, database=arguments.database, now=arguments.now, port=arguments.port
    ) as simulator:
        _say(f"Ready after {time.monotonic() - began:.1f} s\n")
        _say(f"  url       {simulator.url}")
        _say(f"  control   {simulator.control_url}")
        _say(f"  tenant    {options.tenant}")
        _say(f"  user      {options.user}")
        _say(f"  password  {options.password}")
        _say("\nCtrl-C stops it.")
        await stopped.wait()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Serve; return the exit status."""
    arguments = _arguments()
    logging.basicConfig(level=logging.DEBUG if arguments.verbose else logging.WARNING)
    try:
        asyncio.run(_serve(arguments))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
