"""Two who bring the same files at once wait for each other in one order only."""

from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from baoji.kernel.records import actions
from baoji.kernel.records.models import StoredFile
from baoji.kernel.records.tests.pictures import picture

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@contextmanager
def inside(uploads, *, now):
    """As the citizens' door keeps what it is sent: in a transaction that has begun."""
    with transaction.atomic():
        yield actions.keep_all(uploads, now=now)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kept", [actions.keeping, inside])
def test_the_same_files_in_another_order_never_wait_in_a_ring(own_folder, kept):
    pictures = [picture(40 + n, 30) for n in range(6)]
    begun, found, faults = Barrier(2), [], []

    def bring(order: list[bytes]) -> None:
        try:
            for _again in range(5):
                if order is pictures:
                    StoredFile.objects.all().delete()
                begun.wait(20)
                with kept([(SimpleUploadedFile("a.jpg", data), "photo") for data in order], now=NOW) as files:
                    found.append({file for file, _kind in files})
                begun.wait(20)
        except Exception as fault:
            faults.append(fault)
            begun.abort()
        finally:
            connection.close()

    threads = [Thread(target=bring, args=(order,)) for order in (pictures, pictures[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(found) == 10
    assert all(len(files) == 6 for files in found)
