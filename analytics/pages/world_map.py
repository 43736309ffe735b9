"""The world for the overview: the darker a country, the more was sold there.

`world.json` has the outlines of Natural Earth (1:110 million, public domain) by ISO code, in the
Equal Earth projection and whole units of a picture 1000 wide. Small islands are not on it: the
ranked bars beside the map name every country.
"""

import json
from functools import cache
from pathlib import Path

from analytics.pages import inline_svg
from analytics.pages.drilldown import orders_link
from analytics.query.answer import Answer
from analytics.semantics.kinds import display

BOX = "0 0 1000 432"
OUTLINES = Path(__file__).with_name("world.json")


@cache
def outlines() -> dict[str, str]:
    return json.loads(OUTLINES.read_text())


def map_context(answer: Answer) -> dict:
    """Each country of the answer that is on the map, with its shade; all others as one outline."""
    largest = max((row["revenue"] for row in answer.rows), default=0)
    sold = {row["country_code"]: row for row in answer.rows if row["country_code"] in outlines()}
    lands = [
        {
            "outline": outlines()[code],
            "shade": inline_svg.heat_level(row["revenue"], largest),
            "title": f"{row['country']}: {display(row['revenue'], 'money')}",
            "link": orders_link(answer, row),
        }
        for code, row in sold.items()
    ]
    # One shape instead of one for each: they have no link and no shade of their own.
    rest = "".join(outline for code, outline in outlines().items() if code not in sold)
    return {"box": BOX, "lands": lands, "rest": rest}
