"""The web server: `python -m gunicorn -c config/gunicorn.py config.wsgi`."""

import ctypes
import sys
from contextlib import suppress

from core import casts
from core.environment import read

# glibc gives freed memory back instead of keeping it for each thread: 380 MB after all reports, not
# 530 (measured), for 2 ms more per answer. Other C libraries have no mallopt.
with suppress(AttributeError):
    MMAP_THRESHOLD, TRIM_THRESHOLD, ARENA_MAX = -3, -1, -8
    for option, value in ((ARENA_MAX, 2), (MMAP_THRESHOLD, 2**19), (TRIM_THRESHOLD, 2**20)):
        ctypes.CDLL(None).mallopt(option, value)

# This machine only: a proxy that ends TLS belongs in front.
bind = f"127.0.0.1:{read('PORT', 8000, casts.port)}"
workers = read("WEB_WORKERS", 2, casts.whole_number(1, 64))
# The program is loaded once, before the processes are forked, which then share its memory.
preload_app = True
# Slow clients occupy no thread: a thread gets a request when all of it has arrived.
worker_class = "core.web_worker.WholeRequests"
# Most requests wait for the database; threads use that time and need little memory.
threads = 4
# A list with all its filters must fit into the address.
limit_request_line = 8190
timeout = 60
# Seconds, fewer than the 10 after which bin/serve and Docker kill what still runs.
graceful_timeout = 8
keepalive = 5
# The application logs each request with its id; gunicorn only logs problems.
loglevel = "warning"
# gunicorn's remote control would open a socket outside the project's folder.
control_socket_disable = True


def post_worker_init(worker):
    """After the fork: the state of DuckDB and of the chart renderer does not survive one."""
    from analytics.query.warmup import warm_up

    # A thread with a new request waits at most this long for a thread that computes.
    sys.setswitchinterval(0.0005)
    warm_up()
