"""A ticket's rules and folds by topic, each topic a room; macros, which use all, have none."""

from services.intake.tickets import (
    conversation,
    delivery,
    fields,
    life,
    links,
    merging,
    opening,
    people,
    priority,
    reports,
    satisfaction,
    work,
)

ROOMS = (
    opening,
    life,
    priority,
    conversation,
    delivery,
    fields,
    people,
    work,
    links,
    merging,
    reports,
    satisfaction,
)
