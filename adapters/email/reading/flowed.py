"""Paragraphs broken into lines to travel (format=flowed, RFC 3676), put together. Pure."""

_SIGNATURE = "-- "  # ends with a blank, and is still a line of its own (RFC 3676, 4.3)


def unflowed(text: str, *, delete_blank: bool) -> str:
    """The text with each paragraph in one line. delete_blank: DelSp, the blank is no part of it."""
    paragraphs: list[list[str]] = []
    depth_before, is_open = 0, False
    for line in text.split("\n"):
        rest = line.lstrip(">")
        depth = len(line) - len(rest)
        rest = rest.removeprefix(" ")  # put there so that no line begins with ">" or "From "
        goes_on = rest.endswith(" ") and rest != _SIGNATURE
        words = rest[:-1] if goes_on and delete_blank else rest
        if is_open and depth == depth_before and rest != _SIGNATURE:
            paragraphs[-1].append(words)
        else:
            paragraphs.append([f"{'>' * depth} " if depth else "", words])
        depth_before, is_open = depth, goes_on
    return "\n".join("".join(paragraph) for paragraph in paragraphs)
