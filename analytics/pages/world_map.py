"""The world for the overview: the darker a country, the more was sold there.

`world.json` has the outlines of Natural Earth (1:110 million, public domain) by ISO code, in the
Equal Earth projection and whole units of a picture 1000 wide. Small islands are not on it: the
ranked bars beside the map name every country.
"""

import json
from functools import cache
from pathlib import Path

from analytics.pages import inline_svg
from analytics.pages.report_links import ReportLinks
from analytics.semantics.kinds import display

BOX = "0 0 1000 432"
OUTLINES = Path(__file__).with_name("world.json")


@cache
def outlines() -> dict[str, str]:
    return json.loads(OUTLINES.read_text())


def map_context(links: ReportLinks) -> dict:
    """Each country of the answer that is on the map, with its shade; all others as one outline."""
    answer = links.answer
    largest = max((row["revenue"] for row in answer.rows), default=0)
    sold = {row["country_code"]: row for row in answer.rows if row["country_code"] in outlines()}
    lands = [
        {
            "outline": outlines()[code],
            "shade": inline_svg.heat_level(row["revenue"], largest),
            "title": f"{row['country']}: {display(row['revenue'], 'money')}",
            "link": links.row_link(row),
        }
        for code, row in sold.items()
    ]
    # One shape instead of one for each: they have no link and no shade of their own.
    rest = "".join(outline for code, outline in outlines().items() if code not in sold)
    return {"box": BOX, "lands": lands, "rest": rest}
