"""The content store: what people wrote, kept out of the log; events carry a reference to it."""

from libs.contents.model import (
    RENDITION_TYPE,
    Content,
    ContentDamaged,
    ContentRef,
    NewContent,
    Passage,
    Rendition,
)
from libs.contents.store import ContentStore

__all__ = [
    "RENDITION_TYPE",
    "Content",
    "ContentDamaged",
    "ContentRef",
    "ContentStore",
    "NewContent",
    "Passage",
    "Rendition",
]
