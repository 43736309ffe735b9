#!/usr/bin/env python
import os
import sys


def main():
    if "collectstatic" not in sys.argv:  # in an image another user serves what it makes
        os.umask(0o077)  # books, ledger and uploads are people's data
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
