"""What a contact's decisions need to know; nothing of it says who the person is."""

from typing import Literal

import msgspec

from libs.events.aggregate import Refusal
from libs.events.published import contacts as c
from services.intake.contacts.customer import CustomerState


class ContactState(CustomerState, omit_defaults=True):
    """A contact.

    life: absent before the first event; addresses: by id; came_from: the merged contact that an
    address came with; systems: that know the contact under an id of their own; merged_into: who
    stands for it, "" for itself (its own addresses stay as they were when they went along);
    prepared: who may be merged into it at this moment; absorbed: whom it stands for.
    """

    life: Literal["absent", "known", "erasing", "erased"] = "absent"
    addresses: dict[str, c.HeldAddress] = msgspec.field(default_factory=dict)
    came_from: dict[str, str] = msgspec.field(default_factory=dict)
    language: str = ""
    time_zone: str = ""
    systems: tuple[str, ...] = ()
    blocked: bool = False
    blocked_for: str = ""
    organisation_id: str = ""
    merged_into: str = ""
    prepared: tuple[str, ...] = ()
    absorbed: tuple[str, ...] = ()

    @property
    def standing(self) -> Literal["absent", "known", "merged", "erased"]:
        """Whether it stands for itself, or why not."""
        if self.life in ("erasing", "erased"):
            return "erased"
        if self.life == "known" and self.merged_into:
            return "merged"
        return "known" if self.life == "known" else "absent"

    def require(self) -> None:
        """Raises Refusal unless it is a contact that stands for itself."""
        match self.standing:
            case "absent":
                raise Refusal(
                    "no_such_contact",
                    "There is no contact with this id; an address makes one: claim it first.",
                )
            case "erased":
                raise Refusal(
                    "erased",
                    "This person was erased, and nothing can be kept about them; the next message "
                    "from one of their addresses starts a new contact.",
                )
            case "merged":
                raise Refusal(
                    "merged",
                    f"This contact is merged into {self.merged_into}: go there, or undo the merge "
                    "first.",
                )

    def held(self, address_id: str) -> c.HeldAddress:
        """One of its addresses. Raises Refusal."""
        if address_id not in self.addresses:
            raise Refusal(
                "no_such_address",
                "The contact has no such address; look at the contact for those that it has.",
                "/address_id",
            )
        return self.addresses[address_id]
