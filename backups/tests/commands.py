"""The commands as tests run them, and the rows that they save."""

import io

from django.core.management import call_command

from backups import tables


def make_backup(tmp_path, name="books.zip"):
    file = tmp_path / name
    call_command("backup", file, stdout=io.StringIO())
    return file


def restore(file, **options):
    out = io.StringIO()
    call_command("restore", file, stdout=out, **options)
    return out.getvalue()


def all_tables():
    return {
        model._meta.label: [row for page in tables.row_pages(model) for row in page]
        for model in tables.saved_models()
    }
