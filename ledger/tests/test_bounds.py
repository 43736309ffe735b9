"""A question that takes too long, or too much memory, ends with words; the next one is answered."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings as own_settings

from ledger import bounds, build, duckdb_engine
from ledger.bounds import TooExpensive
from ledger.duckdb_engine import Duck
from ledger.hot_writer import refresh_hot_copy

pytestmark = [pytest.mark.django_db, pytest.mark.once]

SLOW = "select count(*) as n from range(1000000000000) t(i) where i % 7 = 3"
# The first batches come at once.
SLOW_LATER = "select i from range(1000000000000) t(i) where i < 3000000 or i > 900000000000"
LARGE = "select list(i) as n from range(100000000) t(i)"
QUICK = 'select count(*) as n from "orders"'
TOO_SLOW = r"takes more than 0\.3 seconds\. Ask for less"


@pytest.fixture
def state(shop, settings, monkeypatch):
    monkeypatch.setattr(duckdb_engine, "LOOK_EVERY", 0)
    settings.LEDGER_READ_SECONDS = 0.3
    shop.sell((shop.product("mug"), 1))
    snapshot = build.current(0)
    refresh_hot_copy(is_hurried=True)
    return snapshot


@pytest.fixture
def duck(state):
    return Duck(own_settings.LEDGER_FOLDER)


def count(duck, state, sql=QUICK):
    return duck.fetch(state, sql)["n"].to_pylist()


def test_a_query_is_interrupted_and_the_hot_copy_stays(duck, state):
    with pytest.raises(TooExpensive, match=TOO_SLOW):
        count(duck, state, SLOW)
    assert count(duck, state) == [1]
    assert duck.hot.path.exists()


def test_also_in_the_middle_of_a_long_answer(duck, state):
    reader = duck.reader(state, SLOW_LATER, 1000)
    assert reader.read_next_batch()["i"].to_pylist()[:2] == [0, 1]
    with pytest.raises(TooExpensive, match=TOO_SLOW):
        reader.read_all()
    assert count(duck, state) == [1]
    assert duck.hot.path.exists()


def test_others_at_the_same_time_are_not_interrupted(duck, state):
    with ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(count, duck, state, SLOW) for _ in range(2)]
        quick = [threads.submit(count, duck, state) for _ in range(50)]
        assert [future.result() for future in quick] == [[1]] * 50
        assert [type(future.exception()) for future in slow] == [TooExpensive] * 2
    assert not bounds.watch.running


def test_what_needs_too_much_memory_ends_likewise(state, settings):
    settings.LEDGER_READ_SECONDS, settings.LEDGER_READ_MB = 0, 64
    duck = Duck(settings.LEDGER_FOLDER)
    with pytest.raises(TooExpensive, match="needs too much memory"):
        count(duck, state, LARGE)
    assert count(duck, state) == [1]
    assert duck.hot.path.exists()


def test_the_api_and_pages_answer_503_in_words(api, client, state, settings):
    settings.LEDGER_READ_SECONDS = 1e-6
    answer = api.get("/api/orders/by-hour/")
    assert answer.status_code == 503
    assert "Ask for less: a shorter period" in answer.json()["detail"]
    client.force_login(api.user, backend=settings.AUTHENTICATION_BACKENDS[1])
    page = client.get("/reports/orders/by-hour/")
    assert (page.status_code, "Ask for less" in page.content.decode()) == (503, True)
    settings.LEDGER_READ_SECONDS = 30
    assert api.get("/api/orders/by-hour/").status_code == 200
