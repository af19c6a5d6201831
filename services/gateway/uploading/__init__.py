"""Files that are sent before the message is written that names them."""
