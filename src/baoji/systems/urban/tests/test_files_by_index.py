"""The files of an act and of a case are found by index, even where nobody has counted them yet: a city that is just being used for
the first time, or was just loaded."""

import pytest
from tests.town import case, do, photo, report

from baoji.kernel.base import sql
from baoji.kernel.flow.told import told

pytestmark = pytest.mark.django_db
READ_WHOLE = "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname IN ('records_file', 'records_media', 'flow_record') ORDER BY 1"


def test_no_table_of_files_is_read_through() -> None:
    for shade in range(0, 250, 5):
        photo(shade)
    sql.execute("DISCARD PLANS")
    before = sql.tuples(READ_WHOLE)
    number = report(pictures=2)
    do(number, "acceptor.1", "accept")
    do(number, "acceptor.1", "verify_request")
    do(number, "@asked", "verify_answer", pictures=1)
    assert [file["kind"] for file in told(case(number).id)[0].files] == ["photo"] * 3
    assert sql.tuples(READ_WHOLE) == before
