"""The voucher amount where several hosts share Redis, and where Spark reads the ledger."""

import pytest
import redis
from django.conf import settings as configured
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from analytics.predictions.fit import fit_one, fits
from customers.models import Country
from recommendations.segments import cached_vouchers
from recommendations.tests.test_voucher_api import AMOUNT, ASKED, file, history  # noqa: F401

ANSWER = {
    "voucher_amount": 2640,
    "segment_name": "recency_segment",
    "segment": "30-60",
    "why": "2640 is most used in Peru, 30-60: 3 of 4 vouchers.",
    "times": 3,
    "sample_size": 4,
    "reference_date": "2018-06-20",
}
REDIS = "redis://127.0.0.1:6379/14"


def amount_response(client):
    answer = client.post(AMOUNT, ASKED | {"reference_date": "2018-06-20"})
    assert answer.status_code == 200, answer.json()
    return answer.json()


@pytest.fixture
def shared(settings):
    """A Redis of this machine; what the test writes there is removed."""
    server = redis.Redis.from_url(REDIS, socket_connect_timeout=1)
    try:
        server.ping()
    except redis.exceptions.RedisError:
        pytest.skip("no Redis runs on 127.0.0.1:6379")
    settings.CACHES = {
        "default": {"BACKEND": "core.redis_cache.RedisOrProcess", "LOCATION": REDIS,
                    "KEY_PREFIX": "test-vouchers"}
    }  # fmt: skip
    yield server
    for key in server.scan_iter("test-vouchers:*"):
        server.delete(key)


@pytest.mark.once
@pytest.mark.usefixtures("history")
def test_what_one_host_read_another_finds_in_redis(shared, api):
    assert amount_response(api) == ANSWER
    peru = Country.objects.named("Peru")
    assert shared.ttl(f"test-vouchers:1:vouchers:{peru.pk}") in range(1, 61)
    caches["default"].close()
    with CaptureQueriesContext(connection) as queries:
        assert cached_vouchers(peru.pk)[("recency_segment", "30-60")].amount == 2640
    assert len(queries) == 0  # neither the books nor the ledger were asked


@pytest.mark.once
@pytest.mark.usefixtures("history")
def test_a_new_fit_is_seen_at_once_by_all_who_share_redis(shared, api):
    amount_response(api)
    peru = Country.objects.named("Peru")
    fit_one(fits()["vouchers"])
    assert not shared.exists(f"test-vouchers:1:vouchers:{peru.pk}")
    assert amount_response(api) == ANSWER


@pytest.mark.spark
@pytest.mark.usefixtures("history")
def test_spark_reads_the_same_segments(api):
    assert configured.LEDGER_ENGINE == "spark", "bin/spark runs this test"
    assert amount_response(api) == ANSWER
    frequent = ASKED | {"segment_name": "frequent_segment", "total_orders": 2}
    assert api.post(AMOUNT, frequent).json()["voucher_amount"] == 4400
