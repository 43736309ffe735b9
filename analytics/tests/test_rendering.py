"""Pictures are drawn by a process of its own, which may die, hang, or be shared by threads."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from analytics.faces import rendering
from analytics.faces.rendering import Renderer, RenderingError
from analytics.query.cache import cache

pytestmark = pytest.mark.once


@pytest.fixture
def renderer():
    cache.clear()
    renderer = Renderer()
    yield renderer
    renderer.stop()


def bar(length: int) -> dict:
    return {
        "data": {"values": [{"length": length}]},
        "mark": "bar",
        "encoding": {"x": {"field": "length", "type": "quantitative"}},
    }


def test_it_draws_svg_and_png(renderer):
    assert renderer.render(bar(1), "svg").startswith(b"<svg ")
    small, large = (renderer.render(bar(1), "png", scale) for scale in (1, 3))
    assert small.startswith(b"\x89PNG\r\n")
    assert len(large) > len(small)


def test_no_process_is_started_before_the_first_picture(renderer):
    assert renderer.process is None
    renderer.render(bar(1), "svg")
    assert renderer.process.poll() is None


def test_it_draws_alike_in_another_process(renderer):
    first = renderer.render(bar(1), "svg")
    cache.clear()
    other = Renderer()
    assert other.render(bar(1), "svg") == first
    other.stop()


def test_a_picture_is_drawn_once(renderer):
    first = renderer.render(bar(1), "svg")
    os.kill(renderer.process.pid, signal.SIGSTOP)  # from now on it could draw nothing
    assert renderer.render(bar(1), "svg") is first


def test_a_process_that_was_killed_is_replaced(renderer):
    renderer.render(bar(1), "svg")
    killed = renderer.process
    killed.kill()
    assert b"</svg>" in renderer.render(bar(2), "svg")
    assert renderer.process.pid != killed.pid


def test_one_that_dies_each_time_is_given_up(renderer, monkeypatch, tmp_path):
    dies = tmp_path / "dies.py"
    dies.write_text("raise SystemExit")
    monkeypatch.setattr(rendering, "PROGRAM", dies)
    with pytest.raises(RenderingError, match="ended while it drew"):
        renderer.render(bar(1), "svg")


def test_one_that_hangs_is_killed_and_replaced(renderer, monkeypatch):
    renderer.render(bar(1), "svg")
    hanging = renderer.process
    os.kill(hanging.pid, signal.SIGSTOP)
    with monkeypatch.context() as patched:
        patched.setattr(rendering, "SECONDS", 0.3)
        with pytest.raises(RenderingError, match=r"longer than 0\.3 seconds"):
            renderer.render(bar(2), "svg")
    assert hanging.returncode == -signal.SIGKILL
    assert b"</svg>" in renderer.render(bar(2), "svg")


def test_who_waits_too_long_for_a_turn_is_told_so(renderer, monkeypatch):
    monkeypatch.setattr(rendering, "SECONDS", 0.1)
    with renderer.lock, pytest.raises(RenderingError, match="Too many pictures"):
        renderer.render(bar(1), "svg")


def test_a_spec_that_is_none_is_refused_and_the_next_is_drawn(renderer):
    with pytest.raises(RenderingError, match="Vega-Lite to SVG conversion failed"):
        renderer.render({"mark": 7}, "svg")
    process = renderer.process
    assert b"</svg>" in renderer.render(bar(1), "svg")
    assert renderer.process is process


def test_nothing_is_downloaded(renderer):
    spec = bar(1) | {"data": {"url": "http://127.0.0.1:9/data.csv"}}
    with pytest.raises(RenderingError, match="External data url not allowed"):
        renderer.render(spec, "svg")


def test_threads_share_one_process_and_get_what_they_asked_for(renderer, monkeypatch):
    started = []
    start = renderer.start
    monkeypatch.setattr(renderer, "start", lambda: started.append(1) or start())
    lengths = [1, 2, 3, 4] * 3
    with ThreadPoolExecutor(6) as pool:
        drawn = list(pool.map(lambda length: renderer.render(bar(length), "svg"), lengths))
    cache.clear()
    alone = Renderer()
    assert drawn == [alone.render(bar(length), "svg") for length in lengths]
    alone.stop()
    assert started == [1]


def test_threads_that_ask_for_the_same_wait_for_one_drawing(renderer, monkeypatch):
    rendered = []
    render_now = renderer.render_now
    monkeypatch.setattr(
        renderer, "render_now", lambda request: rendered.append(1) or render_now(request)
    )
    with ThreadPoolExecutor(6) as pool:
        drawn = set(pool.map(lambda _: renderer.render(bar(1), "png"), range(6)))
    assert (len(drawn), rendered) == (1, [1])


FORKS = textwrap.dedent("""
    import os, signal, sys
    import django
    django.setup()
    from analytics.faces import rendering
    from analytics.tests.test_rendering import bar

    rendering.render(bar(1), "svg")  # before the fork, as a server that loads the application first
    held = rendering.renderer  # as a thread that draws holds it, which no fork ever lets go
    ours = held.process.pid
    children = []
    for length in (2, 3):
        child = os.fork()
        if child == 0:
            fine = b"</svg>" in rendering.render(bar(length), "svg")
            own = rendering.renderer.process.pid != ours
            rendering.renderer.stop()
            os._exit(0 if fine and own else 1)
        children.append(child)
    ended = [os.waitpid(child, 0)[1] for child in children]
    print(ended, b"</svg>" in rendering.render(bar(4), "svg"), held.process.pid == ours)
    last = os.fork()
    if last == 0:  # lives on: it must not keep alive what belongs to its parent
        os.close(1), signal.alarm(30)
        signal.pause()
    print(ours, last, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
""")


def test_forks_draw_and_the_process_ends_with_its_parent():
    root = Path(__file__).parents[2]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    script = [sys.executable, "-c", FORKS]
    ran = subprocess.run(
        script, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, timeout=60
    )
    forked, pids = ran.stdout.splitlines()
    assert forked == "[0, 0] True True"
    ours, last = map(int, pids.split())
    try:
        assert gone(ours)
    finally:
        os.kill(last, signal.SIGKILL)


def gone(pid: int) -> bool:
    for _ in range(100):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or ") Z " in state.read_text():
            return True
        time.sleep(0.05)
    return False
