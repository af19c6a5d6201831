"""What a desk's conditions ask of a ticket, and which fields of its own they let people see."""

from libs.events.published import tickets as t
from libs.events.published.setup import Setup
from services.intake.setup.values import Values, all_hold
from services.intake.tickets.state import TicketState


def values_of(state: TicketState) -> dict[str, t.FieldValue]:
    """By field. Of one that is personal only that it is filled."""
    return {
        **state.fields,
        "type": state.type,
        "category": state.category,
        "impact": state.impact,
        "urgency": state.urgency,
        **({"priority": state.priority} if state.priority else {}),
    }


def is_visible(field: str, setup: Setup, values: Values) -> bool:
    """Whether people see this field on a ticket with these values. Others than the desk's own are
    always seen."""
    definition = setup.fields.get(field)
    return definition is None or all_hold(definition.visible_when, values)
