"""A contact: its rooms put together. Most commands need one that stands for itself."""

from libs.events.rules import Events, Folds, Rules
from services.intake.contacts import customer, erasing, holding, merging, profile
from services.intake.contacts.asked import Asked
from services.intake.contacts.state import ContactState

STEPS: Rules = {**holding.STEPS, **merging.STEPS, **erasing.STEPS}
OF_THE_LIVING: Rules = {**customer.RULES, **holding.RULES, **profile.RULES, **merging.RULES}


def _if_living(state: ContactState, wanted: object, asked: Asked) -> Events:
    state.require()
    return OF_THE_LIVING[type(wanted)](state, wanted, asked)


RULES: Rules = {**dict.fromkeys(OF_THE_LIVING, _if_living), **STEPS}
FOLDS: Folds = {
    **customer.FOLDS,
    **holding.FOLDS,
    **profile.FOLDS,
    **merging.FOLDS,
    **erasing.FOLDS,
}
