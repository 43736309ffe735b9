"""The model Turn is called ImportLock. Its table keeps its name, so that no row moves."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial")]

    operations = [
        migrations.AlterModelTable(name="turn", table="imports_turn"),
        migrations.RenameModel(old_name="Turn", new_name="ImportLock"),
    ]
