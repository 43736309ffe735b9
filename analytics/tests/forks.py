"""Processes of their own on the database and the ledger of the test.

One that has imported everything, and is connected to nothing, forks the others: they start at once
and may be killed.
"""

import json
import os
import subprocess
import sys
from pkgutil import resolve_name

from django.conf import settings
from django.db import connection


class Forks:
    def __init__(self, **environment):
        environment = {
            "DATABASE_ENGINE": connection.settings_dict["ENGINE"],
            "DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "LEDGER_URL": str(settings.LEDGER_FOLDER),
            "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
            "SECRET_KEY": "only-for-tests-that-start-programs-0123",
        } | environment
        self.host = subprocess.Popen(
            [sys.executable, "-m", "analytics.tests.forks"],
            env=os.environ | environment,
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, function, *arguments) -> int:
        """Have a function of a test module called in a new process."""
        return self.ask(f"{function.__module__}:{function.__name__}", *arguments)

    def end(self, pid: int) -> int:
        """How the process ended: 0, 1, or the signal that killed it as a negative number."""
        return self.ask("wait", pid)

    def run(self, function, *arguments) -> int:
        return self.end(self.start(function, *arguments))

    def ask(self, *words):
        print(json.dumps(words), file=self.host.stdin, flush=True)
        return json.loads(self.host.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.host.communicate()


def serve():
    import django

    django.setup()
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        answer = ended(*arguments) if what == "wait" else forked(what, arguments)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def forked(name: str, arguments: list) -> int:
    function = resolve_name(name)
    if pid := os.fork():
        return pid
    os.dup2(2, 1)  # what it prints is not for the host's reader
    code = 1
    try:
        function(*arguments)
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


if __name__ == "__main__":
    serve()
