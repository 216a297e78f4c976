"""What is told of a case or in a report, as it stands sealed in the database."""

from __future__ import annotations

import json
from dataclasses import fields

from gateway.domain.cases import Story
from gateway.domain.understanding.values import Fields


def story_json(story: Story) -> str:
    """A story as JSON, what is not told left out."""
    return json.dumps(
        {
            "fields": {
                each.name: value
                for each in fields(story.fields)
                if (value := getattr(story.fields, each.name)) is not None
            },
            "facts": sorted(story.facts),
            "verified": sorted(story.verified),
            "judged": sorted(story.judged),
        },
        ensure_ascii=False,
        default=str,
    )


def story_read(kind: str, text_: str) -> Story:
    """The story that :func:`story_json` wrote."""
    data = json.loads(text_)
    if isinstance(data, list):  # as the first schema kept it: age, sex, people
        age, sex, people = data
        return Story(kind, Fields(age=age, sex=sex, people=people))
    told = data.get("fields", data)
    return Story(
        kind,
        Fields(**told),
        frozenset(data.get("facts", ())),
        frozenset(data.get("verified", ())),
        frozenset(data.get("judged", ())),
    )
