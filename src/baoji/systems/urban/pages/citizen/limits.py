"""How often strangers may look a code up, look around, join in or subscribe, by network address. Each web process counts for itself.

How many reports may come in is the gate's (`actions.citizen_gate`).
"""

from django.conf import settings

from baoji.kernel.wire.rates import Bucket

HOUR = 3600.0
# PUBLIC_CODES_PER_HOUR: query codes that are none, which one address may try in an hour; guessing one takes far longer.
_CODES = int(getattr(settings, "PUBLIC_CODES_PER_HOUR", 60))

codes = Bucket(_CODES / HOUR, _CODES)
looks = Bucket(1.0, 60)
joins = Bucket(20 / HOUR, 20)
letters = Bucket(10 / HOUR, 10)
reads = Bucket(5.0, 300)
# Tiles and photos: a map takes dozens in a second, and a whole office may stand behind one address.
pictures = Bucket(20.0, 3000)
