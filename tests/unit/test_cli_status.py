"""What `deskledger status` makes of what the services tell of themselves."""

from deskledger.stack import troubles


def test_a_service_that_is_well_gives_no_cause_for_concern() -> None:
    assert list(troubles({})) == []
    details = {"broken": {}, "quarantined": 0, "intake.reception.v1.lane-0": 17}
    assert list(troubles(details)) == []


def test_what_a_person_has_to_look_at_is_said_in_sentences() -> None:
    details = {
        "broken": {"1": "the log has lost its tail"},
        "quarantined": 2,
        "gateway.tickets.v1-1": "TicketOpened version 2 is newer",
    }
    assert list(troubles(details)) == [
        "2 in quarantine: deskledger dead-letters list",
        "lane 1 has stopped: the log has lost its tail",
        "gateway.tickets.v1-1 has stopped: TicketOpened version 2 is newer",
    ]
