"""Everything that the operator keeps in pages: no code, no SQL."""

from baoji.systems.urban.actions import (
    tables_calendar,
    tables_classes,
    tables_ground,
    tables_people,
    tables_settings,
)
from baoji.systems.urban.actions.tables_words import WORDS

REGISTERS = (
    *tables_people.REGISTERS,
    *tables_classes.REGISTERS,
    WORDS,
    *tables_ground.REGISTERS,
    *tables_settings.REGISTERS,
    *tables_calendar.REGISTERS,
)
