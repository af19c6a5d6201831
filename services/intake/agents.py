"""Whose address is an agent's: what routing's events will say, and a setting says until then."""

from collections.abc import Callable, Mapping

from libs.events.published.contacts import address_id

# By the id of an address aggregate, the agent's id; "" for everybody else's address.
AgentOf = Callable[[str], str]


def no_agents(address_id: str) -> str:
    """Nobody answers by mail."""
    return ""


def agents_by_address(secret: bytes, addresses: Mapping[str, str]) -> AgentOf:
    """From mail addresses and the agents whose they are. secret: the installation's."""
    known = {address_id(secret, "email", address): agent for address, agent in addresses.items()}
    return lambda id: known.get(id, "")
