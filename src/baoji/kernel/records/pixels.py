"""How large a picture may be, on both sides of the process that decodes. Plain Python."""

# Looked at by the headers before anything is decoded: a small file can promise a picture that fills the memory.
MOST_PIXELS = 50_000_000
