"""For schemathesis, which loads this by SCHEMATHESIS_HOOKS: tus has a media type of its own, whose bodies are bytes as they are."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
