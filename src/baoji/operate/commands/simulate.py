"""`baoji simulate`: the city lives, in past days at full speed or from now on."""

from datetime import datetime

import click
from django.utils import timezone

from baoji.operate.errors import Trouble
from baoji.operate.owner import owner_django
from baoji.systems.urban.simulate.bulk.load import bulk_load
from baoji.systems.urban.simulate.run import Impossible, play_live, play_past


class Speed(click.ParamType[float | None]):
    name = "max|N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        if value is None or value == "max":
            return None
        try:
            found = float(str(value))
        except ValueError:
            found = 0.0
        if found <= 0:
            self.fail("say max, or how many simulated seconds pass in a second: 60")
        return found


@click.command()
@click.option(
    "--days",
    type=click.FloatRange(0.01, 3660),
    default=90.0,
    show_default=True,
    help="How many days to play, up to now.",
)
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), help="Begin on this day instead.")
@click.option(
    "--speed", type=Speed(), default="max", show_default=True, help="max, or simulated seconds a second: 60."
)
@click.option("--reports-per-day", type=click.FloatRange(0.1, 100_000), default=40.0, show_default=True)
@click.option(
    "--seed", type=int, default=2026, show_default=True, help="The same seed and city play the same story."
)
@click.option("--live", is_flag=True, help="From now on in real time, until Ctrl-C.")
@click.option(
    "--cases",
    type=click.IntRange(1, 100_000_000),
    help="Bulk-load so many cases for benches instead of playing.",
)
def command(
    days: float,
    since: datetime | None,
    speed: float | None,
    reports_per_day: float,
    seed: int,
    live: bool,
    cases: int | None,
) -> None:
    """Play the city through the same acts as its people.

    Collectors walk their grids and report, the hotline takes calls, bodies sign, return, ask for time and answer,
    checks fail and pass. A run begins where the last one ended and never goes beyond now; cases that people reported
    are left alone. While past days are played, the worker's timers stand still and are fired here by simulated time,
    and commits do not wait for the disk (synchronous_commit is off for this command alone). Ctrl-C ends between two acts.

    --cases loads rows in bulk, for benches: they look like cases that were acted, but no act was done. Their first
    journal entry says so. They are added to what is there; a chunk that fails leaves nothing half done.

    \b
    $ baoji simulate --days 90
    $ baoji simulate --days 1 --speed 600
    $ baoji simulate --live --reports-per-day 2000
    $ baoji simulate --cases 1000000
    """
    try:
        if cases:
            owner_django()
            bulk_load(cases, seed=seed, say=click.echo)
        elif live:
            play_live(reports_per_day=reports_per_day, seed=seed, say=click.echo)
        else:
            begin = timezone.make_aware(since) if since else None
            play_past(
                days=days,
                since=begin,
                speed=speed,
                reports_per_day=reports_per_day,
                seed=seed,
                say=click.echo,
            )
    except Impossible as impossible:
        raise Trouble(str(impossible)) from impossible
