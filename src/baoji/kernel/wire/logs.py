"""What the log says of answers. Plain logging: settings name it before any app is ready."""

import logging


class Refusals(logging.Filter):
    """Django calls every answer from 500 on an error. One that is no 500 and has no trace is a refusal of ours: the scanner or the
    database is away, the disk full, too many come. It is a warning."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 500) > 500 and not record.exc_info:
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return True
