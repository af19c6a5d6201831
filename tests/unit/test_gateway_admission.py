"""Who is let in when there is too much to do."""

from contextlib import ExitStack

import pytest

from services.gateway.http.admission import Admission, Rank, weigh


@pytest.mark.parametrize(
    ("method", "path", "query", "rank", "cost"),
    [
        ("POST", "/v1/tickets/17/replies", "", Rank.WRITE, 1),
        ("PUT", "/v1/desk/labels", "as_of=1", Rank.WRITE, 1),
        ("POST", "/v1/sign-in/codes", "", Rank.LIST, 5),
        ("POST", "/v1/sign-in", "", Rank.LIST, 5),
        ("GET", "/v1/audit/export", "", Rank.HEAVY, 20),
        ("GET", "/v1/tickets/17", "", Rank.PAGE, 1),
        ("GET", "/v1/tickets/17", "as_of=3", Rank.PAGE, 1),
        ("GET", "/v1/tickets", "", Rank.LIST, 1),
        ("GET", "/v1/tickets", "limit=200", Rank.LIST, 4),
        ("GET", "/v1/tickets/17/conversation", "limit=51", Rank.LIST, 2),
        ("GET", "/v1/tickets", "as_of=2026-01-01T00:00:00Z&limit=100", Rank.HEAVY, 10),
        ("GET", "/v1/tickets", "shared=true", Rank.HEAVY, 5),
        ("GET", "/v1/tickets", "limit=99999999999999999999", Rank.LIST, 20),
        ("GET", "/v1/tickets", "limit=-1", Rank.LIST, 1),
        ("GET", "/v1/tickets", "&" * 10_000, Rank.LIST, 1),
    ],
)
def test_what_a_request_weighs(method: str, path: str, query: str, rank: Rank, cost: int) -> None:
    weight = weigh(method, path, query)
    assert (weight.rank, weight.cost) == (rank, cost)


def test_what_is_cheapest_to_ask_again_is_turned_away_first() -> None:
    # given room for eight
    admission = Admission(8)
    let_in = []
    with ExitStack() as stack:
        for _ in range(9):
            let_in.append([rank for rank in Rank if admission.has_room(rank)])
            stack.enter_context(admission.working())
    # then costly lists go first, and what agents send is turned away last
    assert let_in[1] == [Rank.WRITE, Rank.PAGE, Rank.LIST, Rank.HEAVY]
    assert let_in[2] == let_in[3] == [Rank.WRITE, Rank.PAGE, Rank.LIST]
    assert let_in[4] == let_in[5] == [Rank.WRITE, Rank.PAGE]
    assert let_in[6] == let_in[7] == [Rank.WRITE]
    assert let_in[8] == []


@pytest.mark.parametrize(
    ("lag", "let_in"),
    [(0.1, list(Rank)), (0.3, [0, 1, 2]), (0.6, [0, 1]), (2.0, [Rank.WRITE])],
)
def test_a_loop_that_lags_lists_nothing_and_still_takes_replies(
    lag: float, let_in: list[Rank]
) -> None:
    admission = Admission(8, lag=lag)
    assert [rank for rank in Rank if admission.has_room(rank)] == let_in


def test_a_stream_counts_until_it_streams() -> None:
    admission = Admission(8)
    with admission.working() as working:
        assert admission.under_way == 1
        working.over()
        assert admission.under_way == 0
    assert admission.under_way == 0
