"""Which build is read, which is fed, which may go: pure rules of the alias."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.events.builds import GONE, GRACE, Alias, Build, State, covers, flip

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)


def alias(active: str, **builds: tuple[int, State]) -> Alias:
    """Builds by name (v1, v2, …): version and state, as they are since an hour ago."""
    return Alias(
        revision=1,
        serial=len(builds),
        active=active,
        builds={n: Build(version, state, LONG_AGO) for n, (version, state) in builds.items()},
    )


class TestReading:
    def test_the_active_build_is_read(self) -> None:
        found = alias("a", a=(1, "active"), b=(1, "catching_up"))
        assert found.for_version(1) == "a"

    def test_old_code_reads_on_what_its_own_fold_made(self) -> None:
        found = alias("b", a=(1, "retiring"), b=(2, "active"))
        assert (found.for_version(1), found.for_version(2)) == ("a", "b")

    def test_new_code_reads_the_active_build_until_it_has_its_own(self) -> None:
        found = alias("a", a=(1, "active"), b=(2, "building"))
        assert found.for_version(2) == "a"

    def test_of_two_builds_that_retire_the_newer_is_read(self) -> None:
        found = alias("c", a=(1, "retiring"), b=(1, "retiring"), c=(2, "active"))
        found.builds["b"].since = NOW
        assert found.for_version(1) == "b"

    def test_a_build_that_is_being_dropped_is_not_read(self) -> None:
        found = alias("b", a=(1, "dropping"), b=(2, "active"))
        assert found.for_version(1) == "b"


class TestLeading:
    def read_by(self, **lets_lead: str) -> Alias:
        """Just flipped to b; what each process, seen a moment ago, lets lead."""
        found = alias("b", a=(1, "retiring"), b=(1, "active"))
        found.reads = dict.fromkeys(lets_lead, "a")
        found.seen = dict.fromkeys(lets_lead, NOW)
        found.lets_lead = dict(lets_lead)
        return found

    def test_the_active_build_leads_once_every_process_keeps_the_others_behind_it(self) -> None:
        assert self.read_by(one="b", two="b").leads(NOW)

    @pytest.mark.parametrize("other", ["a", ""])
    def test_one_that_has_not_noticed_the_flip_may_still_write_ahead(self, other: str) -> None:
        assert not self.read_by(one="b", two=other).leads(NOW)

    def test_one_that_is_gone_writes_nothing(self) -> None:
        found = self.read_by(one="b", two="a")
        found.seen["two"] = NOW - GONE
        assert found.leads(NOW)

    def test_a_builder_feeds_nothing_that_is_read(self) -> None:
        found = self.read_by(one="b")
        found.seen["builder"] = NOW
        assert found.leads(NOW)


class TestFeeding:
    def test_code_feeds_builds_of_its_own_version_alone(self) -> None:
        found = alias("b", a=(1, "retiring"), b=(2, "active"), c=(2, "catching_up"))
        assert (found.fed_by(1), found.fed_by(2)) == (["a"], ["b", "c"])

    @pytest.mark.parametrize("state", ["building", "dropping"])
    def test_a_build_at_its_beginning_or_end_is_fed_by_nobody(self, state: State) -> None:
        assert alias("a", a=(1, "active"), b=(1, state)).fed_by(1) == ["a"]


class TestRetiring:
    def retiring(self) -> Alias:
        return alias("b", a=(1, "retiring"), b=(1, "active"))

    def test_what_nobody_reads_may_go(self) -> None:
        assert self.retiring().retirable(NOW) == ["a"]

    def test_what_somebody_reads_stays(self) -> None:
        found = self.retiring()
        found.seen["gateway-0"], found.reads["gateway-0"] = NOW, "a"
        assert found.retirable(NOW) == []

    def test_a_reader_that_was_not_seen_for_long_does_not_count(self) -> None:
        found = self.retiring()
        found.seen["gateway-0"], found.reads["gateway-0"] = NOW - GONE, "a"
        assert found.retirable(NOW) == ["a"]

    def test_nothing_goes_before_its_grace_is_over(self) -> None:
        found = self.retiring()
        found.builds["a"].since = NOW - GRACE
        assert found.retirable(NOW) == []

    def test_what_was_begun_to_be_dropped_is_dropped(self) -> None:
        assert alias("b", a=(1, "dropping"), b=(1, "active")).retirable(NOW) == ["a"]


def test_a_flip_makes_one_active_and_lets_the_other_retire() -> None:
    found = alias("a", a=(1, "active"), b=(1, "catching_up"))
    flip(found, "b", NOW)
    assert found.active == "b"
    assert (found.builds["a"].state, found.builds["b"].state) == ("retiring", "active")
    assert found.builds["a"].since == NOW


@pytest.mark.parametrize(
    ("new", "old", "whether"),
    [
        ({"a/0": 5, "a/1": 5}, {"a/0": 5, "a/1": 4}, True),
        ({"a/0": 5, "a/1": 3}, {"a/0": 5, "a/1": 4}, False),
        ({"a/0": 5}, {"a/0": 5, "gone/0": 9}, True),
        ({"a/0": 5, "more/0": 0}, {"a/0": 5}, True),
        (None, {"a/0": 0}, False),
        ({"a/0": 0}, None, True),
    ],
)
def test_a_build_covers_another_when_no_source_that_both_have_is_behind(
    new: dict[str, int] | None, old: dict[str, int] | None, whether: bool
) -> None:
    assert covers(new, old) is whether
