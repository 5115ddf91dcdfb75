"""What the worker does at its hours; what is queued by an act stands beside the act."""

import logging
from datetime import timedelta
from importlib import import_module

from django.utils import timezone
from procrastinate.contrib.django import app

from baoji.kernel.base.errors import Refused
from baoji.systems.urban.actions.citizen_mail import digest, due_digests
from baoji.systems.urban.actions.citizen_publish import take_old_ones_away
from baoji.systems.urban.actions.citizen_retention import erase_due
from baoji.systems.urban.actions.collusion import sum_up_due
from baoji.systems.urban.actions.field_duty import forget_positions
from baoji.systems.urban.actions.field_shift import end_forgotten
from baoji.systems.urban.actions.handover_posting import forgotten, send
from baoji.systems.urban.actions.plausibility import forget_findings, look_again, look_at_new, look_at_tracks
from baoji.systems.urban.actions.sample import ask_samples, settle_samples

log = logging.getLogger("baoji.urban")
# By its name: it brings numpy, which nobody need carry all week.
TEACHING = "baoji.systems.urban.suggest.teaching"


@app.periodic(cron="17 * * * *")
@app.task(name="urban.digests", queue="mail", queueing_lock="urban.digests")
def digests(timestamp: int) -> None:
    """Queues the letters of the day, once its hour has come."""
    for subscription in due_digests(timezone.now()):
        digest.defer(subscription_id=subscription)


@app.periodic(cron="40 18 * * *")
@app.task(name="urban.retention", queue="messages", queueing_lock="urban.retention")
def retention(timestamp: int) -> None:
    """At night (02:40 in the city): erases what is due, and takes cases closed long ago off the public pages."""
    now = timezone.now()
    erased = {kind: count for kind, count in erase_due(now).items() if count}
    gone = take_old_ones_away(now)
    forget_positions(now)
    if erased or gone:
        log.info("retention: erased %s; %s cases left the public pages", erased, gone)


@app.periodic(cron="0 19 * * 0")
@app.task(name="urban.teach", queue="teaching", queueing_lock="urban.teach")
def teach_anew(timestamp: int) -> None:
    """Each Monday at 03:00 in the city: the proposals of classes learn from what has been closed."""
    try:
        marks = import_module(TEACHING).teach(timezone.now())["used"]
        log.info(
            "class suggestion: right first %s, among three %s, of %s",
            marks["top1"],
            marks["top3"],
            marks["cases"],
        )
    except Refused as refused:
        log.info("class suggestion: nothing taught, %s", refused.code)


@app.periodic(cron="5-59/10 * * * *")
@app.task(name="urban.handovers", queue="messages", queueing_lock="urban.handovers")
def handovers(timestamp: int) -> None:
    """Queues messages to other hotlines again that a worker which died left undone."""
    for message in forgotten(timezone.now()):
        send.defer(message=message)


@app.periodic(cron="*/2 * * * *")
@app.task(name="urban.plausibility", queue="messages", queueing_lock="urban.plausibility")
def plausibility(timestamp: int) -> None:
    """核对 of what came in: at once by what it says itself, and again when late tracks have had their time. And 抽查."""
    now = timezone.now()
    look_at_new(now)
    look_again(now)
    ask_samples(now)
    settle_samples(now)


@app.periodic(cron="7-59/10 * * * *")
@app.task(name="urban.duty", queue="messages", queueing_lock="urban.duty")
def duty(timestamp: int) -> None:
    """Who has said no 下班 for too long is off duty, and is told."""
    if ended := end_forgotten(timezone.now()):
        log.info("duty: %s ended by the rule", ended)


@app.periodic(cron="20 19 * * *")
@app.task(name="urban.tracks", queue="teaching", queueing_lock="urban.tracks")
def tracks(timestamp: int) -> None:
    """At 03:20 in the city: the positions of the day before; findings that are old enough go."""
    now = timezone.now()
    forget_findings(now)
    people = look_at_tracks(timezone.localdate(now) - timedelta(days=1), now)
    log.info("tracks of the day before: %s people", people)


@app.periodic(cron="50 * * * *")
@app.task(name="urban.pairs", queue="teaching", queueing_lock="urban.pairs")
def pairs(timestamp: int) -> None:
    """协作分析: this month's sums, and those of months that are not summed up yet."""
    done = sum_up_due(timezone.now())
    log.info("pairs summed up: %s", ", ".join(f"{month:%Y-%m}" for month in done))
