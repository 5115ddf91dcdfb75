"""Copies of recordings that hold nothing but the sound, made without ffmpeg."""

import io
import shutil
import struct
import subprocess
import time
import wave as python_wave
from contextlib import suppress
from datetime import UTC, datetime
from random import Random

import pytest

from baoji.kernel.records import recordings
from baoji.kernel.records.plain.samples import blank_between, spans
from baoji.kernel.records.plain.steps import MOST_PARTS, NotWalked, Steps
from baoji.kernel.records.plain.strip import strip
from baoji.kernel.records.tests.pictures import (
    ADTS_FRAME,
    MP3_FRAME,
    OPUS_HEAD,
    RECORDINGS,
    UNKNOWN,
    WAVE_FORMAT,
    box,
    crc,
    element,
    full,
    m4a,
    page,
    wave,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWNER = b"SECRETOWNER 34.37,107.12"
SOUND = bytes(range(1, 251)) * 2


def id3(content: bytes, *, footer: bool = False) -> bytes:
    n = len(content)
    size = bytes(n >> 7 * place & 0x7F for place in (3, 2, 1, 0))
    behind = b"3DI\4\0\x10" + size if footer else b""
    return b"ID3\4\0" + (b"\x10" if footer else b"\0") + size + content + behind


def ape(content: bytes) -> bytes:
    said = struct.pack("<IIII8x", 2000, len(content) + 32, 1, 1 << 31)
    return b"APETAGEX" + said + content + b"APETAGEX" + said


def lyrics(content: bytes) -> bytes:
    inner = b"LYRICSBEGIN" + content
    return inner + b"%06d" % len(inner) + b"LYRICS200"


TAGS_BEHIND = (
    lyrics(OWNER),
    b"LYRICSBEGIN" + OWNER + b"LYRICSEND",
    ape(OWNER),
    id3(OWNER, footer=True),
    b"TAG" + OWNER.ljust(125, b"\0"),
    b"TAG+" + OWNER.ljust(223, b"\0") + b"TAG" + OWNER.ljust(125, b"\0"),
)
TAGGED = id3(b"TIT2" + OWNER + b"\0\0") + bytes(200) + id3(OWNER, footer=True)
INFO_FRAME = (
    b"\xff\xfb\x50\xc4"
    + bytes(17)
    + b"Info"
    + struct.pack(">III", 3, 4, 832)
    + b"LAME3.100"
    + bytes(12)
    + b"\x24\x01\x23"
    + OWNER
).ljust(len(MP3_FRAME), b"U")


def comments(before: bytes = b"", behind: bytes = b"", times: int = 1) -> bytes:
    said = [b"TITLE=" + OWNER * times, b"GEO=" + OWNER]
    told = b"".join(struct.pack("<I", len(one)) + one for one in said)
    return before + struct.pack("<I", len(OWNER)) + OWNER + struct.pack("<I", len(said)) + told + behind


VORBIS = (b"\x01vorbis" + bytes(23), comments(b"\x03vorbis", b"\x01"), b"\x05vorbis" + bytes(range(60)))
SETUP = b"\x02" + b"\x1e" + bytes([len(VORBIS[1])]) + b"".join(VORBIS)
FLAC = (
    b"\x7fFLAC\1\0\0\3fLaC\0\0\0\x22" + bytes(34),
    b"\4" + len(comments()).to_bytes(3, "big") + comments(),
    b"\6" + (6 + len(OWNER)).to_bytes(3, "big") + b"cover:" + OWNER,
    b"\x83\0\0\x12" + bytes(range(18)),
)


def marked_webm(length: bytes = UNKNOWN, codec: bytes = b"A_OPUS", setup: bytes = OPUS_HEAD) -> bytes:
    """As browsers record it, with all that the format has room for."""
    track = [("d7", b"\1"), ("73c5", b"\7"), ("83", b"\2"), ("86", codec), ("63a2", setup)]
    words = [("536e", OWNER), ("22b59c", OWNER), ("258688", OWNER), ("bf", OWNER[:4])]
    info = [("2ad7b1", b"\x0f\x42\x40"), ("4d80", OWNER), ("5741", OWNER)]
    more = [("7ba9", OWNER), ("4461", OWNER[:8]), ("7384", OWNER), ("73a4", OWNER[:16])]
    group = element("a1", b"\x81\0\1\0" + SOUND) + element("75a1", element("a6", element("a5", OWNER)))

    def cluster(time: int, length: bytes | None) -> bytes:
        block = element("a3", b"\x81\0\0\x80" + SOUND)
        other = element("a3", b"\x82\0\0\x80" + OWNER)
        inner = element("e7", bytes([time])) + block + other + element("ec", OWNER) + element("a0", group)
        return element("1f43b675", inner, length=length)

    body = b"".join(
        (
            element("ec", OWNER),
            element("1549a966", b"".join(element(*one) for one in info + more)),
            element("1654ae6b", element("ae", b"".join(element(*one) for one in track + words))),
            cluster(0, UNKNOWN),
            element("1254c367", element("7373", OWNER)),
            cluster(9, UNKNOWN),
            cluster(18, None),
            element("1043a770", OWNER),
            element("1941a469", OWNER, length=bytes([0x80 | len(OWNER)])),
            element("4dbb", OWNER),
        )
    )
    head = element("4282", b"webm") + element("4281", OWNER)
    return element("1a45dfa3", head) + element("18538067", body, length=length)


ABOUT = box(b"udta", box(b"\xa9xyz", OWNER)) + full(b"meta", box(b"ilst", OWNER)) + box(b"free", OWNER)
MARKED = {
    "wav": wave(
        (b"LIST", b"INFOIART" + OWNER),
        (b"fmt ", WAVE_FORMAT + b"\x18\0" + OWNER),
        (b"bext", OWNER * 20),
        (b"data", SOUND + b"\0"),
        (b"id3 ", OWNER),
        (b"LIST", b"INFOIART" + OWNER),
    ),
    "mp3": TAGGED + MP3_FRAME * 3 + b"".join(TAGS_BEHIND),
    "mp3 with a first frame that tells of the others": TAGGED + INFO_FRAME + MP3_FRAME * 3,
    "aac behind a tag": TAGGED + ADTS_FRAME * 3 + TAGS_BEHIND[4],
    "aac": ADTS_FRAME * 3 + b"".join(TAGS_BEHIND),
    "m4a": m4a(SOUND, about=ABOUT, of_track=ABOUT, before=OWNER, told=OWNER[:8], name=OWNER)
    + box(b"uuid", bytes(16), OWNER)
    + box(b"XMP_", OWNER)
    + box(b"skip", OWNER),
    "m4a in fragments": m4a(b"", told=OWNER[:8])
    + box(b"moof", full(b"mfhd", bytes(4)), box(b"traf", full(b"tfhd", bytes(4)), box(b"meta", OWNER)))
    + box(b"prft", OWNER)
    + box(b"mdat", SOUND),
    "webm": marked_webm(),
    "webm of a known length": marked_webm(length=None),
    "webm of vorbis": marked_webm(codec=b"A_VORBIS", setup=SETUP),
    "ogg opus": page(0, OPUS_HEAD, flags=2) + page(1, comments(b"OpusTags")) + page(2, SOUND, flags=4),
    "ogg vorbis": page(0, VORBIS[0], flags=2) + page(1, *VORBIS[1:]) + page(2, SOUND, flags=4),
    "ogg speex": page(0, b"Speex   " + bytes(72), flags=2) + page(1, comments()) + page(2, SOUND, flags=4),
    "ogg flac": page(0, FLAC[0], flags=2) + page(1, *FLAC[1:]) + page(2, SOUND, flags=4),
    "ogg of two, one behind the other": RECORDINGS["audio/ogg"]
    + page(0, OPUS_HEAD, flags=2)
    + page(1, comments(b"OpusTags"))
    + page(2, SOUND, flags=4),
    "ogg with words beside it": page(0, OPUS_HEAD, flags=2)
    + page(0, b"\x80kate" + OWNER, serial=b"word", flags=2)
    + page(1, comments(b"OpusTags"))
    + page(1, OWNER, serial=b"word")
    + page(2, SOUND, flags=4),
}
MIMES = {
    "wav": "wav",
    "mp3": "mpeg",
    "aac behind": "mpeg",
    "aac": "aac",
    "m4a": "mp4",
    "webm": "webm",
    "ogg": "ogg",
}


def mime_of(name: str) -> str:
    return next(f"audio/{mime}" for begins, mime in MIMES.items() if name.startswith(begins))


def ogg_packets(data: bytes) -> list[bytes]:
    """Of one stream; each page's check sum is looked at."""
    found, at, part = [], 0, b""
    while at < len(data):
        n = data[at + 26]
        lengths, body = data[at + 27 : at + 27 + n], at + 27 + n
        end = body + sum(lengths)
        told = struct.unpack("<I", data[at + 22 : at + 26])[0]
        assert told == crc(data[at : at + 22] + bytes(4) + data[at + 26 : end])
        for length in lengths:
            part += data[body : body + length]
            body += length
            if length < 255:
                found.append(part)
                part = b""
        at = end
    return found


@pytest.mark.parametrize("name", MARKED)
def test_nothing_but_the_sound_is_left(name):
    data = MARKED[name]
    copy = strip(data, mime_of(name))
    assert OWNER in data
    for part in (OWNER, OWNER[:4], OWNER[-6:], b"TITLE", b"cover"):
        assert part not in copy
    assert copy.count(SOUND) == data.count(SOUND)
    assert copy.count(MP3_FRAME) == data.count(MP3_FRAME) and copy.count(ADTS_FRAME) == data.count(ADTS_FRAME)
    assert strip(copy, mime_of(name)) == copy


@pytest.mark.parametrize("mime", RECORDINGS)
def test_what_holds_nothing_else_stays_as_it_is(mime):
    left_out = 10 if mime == "audio/mpeg" else 0
    assert strip(RECORDINGS[mime], mime) == RECORDINGS[mime][left_out:]


def test_a_wav_has_the_same_samples_and_right_lengths():
    copy = strip(MARKED["wav"], "audio/wav")
    assert copy == wave((b"fmt ", WAVE_FORMAT), (b"data", SOUND + b"\0"))
    with python_wave.open(
        io.BytesIO(strip(wave((b"fmt ", WAVE_FORMAT), (b"data", SOUND)), "audio/wav"))
    ) as read:
        assert (read.getframerate(), read.readframes(999)) == (8000, SOUND)


def test_a_wav_that_was_streamed_goes_on_to_its_end():
    data = wave((b"LIST", OWNER), (b"fmt ", WAVE_FORMAT)) + b"data\xff\xff\xff\xff" + SOUND
    assert strip(data, "audio/wav") == wave((b"fmt ", WAVE_FORMAT), (b"data", SOUND))


@pytest.mark.parametrize("name", ["mp3", "aac behind a tag", "aac"])
def test_frames_follow_each_other_without_tags(name):
    frame = MP3_FRAME if name == "mp3" else ADTS_FRAME
    assert strip(MARKED[name], mime_of(name)) == frame * 3
    assert strip(frame * 3 + frame[:50], mime_of(name)) == frame * 3, "a frame that was cut off"


def test_the_first_frame_tells_players_what_they_need_and_no_more():
    copy = strip(MARKED["mp3 with a first frame that tells of the others"], "audio/mpeg")
    told = INFO_FRAME[:37] + b"LAME" + bytes(17) + b"\x24\x01\x23"
    assert copy == told.ljust(len(MP3_FRAME), b"\0") + MP3_FRAME * 3


def test_in_an_m4a_nothing_moves():
    data = MARKED["m4a"]
    copy = strip(data, "audio/mp4")
    assert len(copy) == len(data) and copy.find(SOUND) == data.find(SOUND)
    at = copy.find(b"stco") + 12
    assert copy[(start := int.from_bytes(copy[at : at + 4], "big")) : start + len(SOUND)] == SOUND
    assert b"udta" not in copy and b"meta" not in copy and copy.count(b"free") == 9
    assert copy[copy.find(b"mvhd") + 8 :][:8] == bytes(8)


def test_the_tables_of_an_m4a_tell_where_its_sound_lies():
    """Two chunks of two samples, then one of one."""
    stsc = bytes(4) + struct.pack(">IIIIIII", 2, 1, 2, 1, 3, 1, 1)
    offsets = bytes(4) + struct.pack(">IQQQ", 3, 100, 200, 1 << 33)
    stsz = bytes(4) + struct.pack(">IIIIIII", 0, 5, 1, 2, 3, 4, 5)
    for sizes, lengths in ((stsz, (3, 7, 5)), (bytes(4) + struct.pack(">II", 10, 5), (20, 20, 10))):
        found = list(spans({b"stsc": stsc, b"co64": offsets, b"stsz": sizes}, Steps()))
        assert found == [(at, at + length) for at, length in zip((100, 200, 1 << 33), lengths, strict=True)]


def test_between_samples_nothing_is_left():
    made = bytearray(b"x" * 20)
    blank_between(made, [(2, 10), (12, 18)], [(13, 15), (4, 6), (5, 7), (9, 11), (17, 99)])
    assert made.replace(b"\0", b".") == b"xx..xxx..xxx.xx..xxx"


@pytest.mark.parametrize("name", [name for name in MARKED if name.startswith("webm")])
def test_in_a_webm_nothing_moves(name):
    data = MARKED[name]
    copy = strip(data, "audio/webm")
    assert len(copy) == len(data) and copy.find(SOUND) == data.find(SOUND)
    assert copy.count(SOUND) == 6
    if "vorbis" in name:
        assert VORBIS[0] in copy and VORBIS[2] in copy and b"\x03vorbis" in copy


def test_a_webm_that_was_cut_off_ends_with_its_last_block():
    data = MARKED["webm"]
    last = data.rfind(b"\xa3\1\0\0")
    assert strip(data[: data.rfind(SOUND) + 20], "audio/webm").count(SOUND) == 5
    assert len(strip(data[:last], "audio/webm")) == last


@pytest.mark.parametrize("name", ["ogg opus", "ogg vorbis", "ogg speex", "ogg flac"])
def test_packets_of_ogg_are_the_same_but_for_their_comments(name):
    before, after = ogg_packets(MARKED[name]), ogg_packets(strip(MARKED[name], "audio/ogg"))
    assert [len(one) for one in after] == [len(one) for one in before]
    changed = [n for n, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert changed == ([1, 2] if name == "ogg flac" else [1])
    if name == "ogg opus":
        vendor = struct.unpack("<I", after[1][8:12])[0]
        assert (12 + vendor + 4, after[1][-4:]) == (len(after[1]), bytes(4)), (
            "no comments, and nothing behind them"
        )


def test_comments_of_ogg_may_go_over_pages_and_the_rest_is_as_it_was():
    packet = comments(b"OpusTags", times=6000)
    n = 255 * 255
    pages = [
        page(0, OPUS_HEAD, flags=2),
        *(torn(1 + part, packet[n * part : n * (part + 1)]) for part in range(len(packet) // n)),
        page(3, packet[n * (len(packet) // n) :], flags=1),
        page(4, SOUND, flags=4),
    ]
    copy = strip(b"".join(pages), "audio/ogg")
    assert len(packet) > 2 * n and OWNER not in copy
    found = ogg_packets(copy)
    assert [len(one) for one in found] == [len(OPUS_HEAD), len(packet), len(SOUND)]
    assert copy.endswith(pages[-1]) and copy.startswith(pages[0])
    assert strip(b"".join(pages) + pages[-1][:90], "audio/ogg") == copy, "a page that was cut off"


def torn(number: int, body: bytes) -> bytes:
    """A page that a packet goes on behind."""
    lengths = b"\xff" * (len(body) // 255)
    head = b"OggS\0" + bytes([number > 1]) + bytes(8) + b"sail" + struct.pack("<I", number)
    tail = bytes([len(lengths)]) + lengths + body
    return head + struct.pack("<I", crc(head + bytes(4) + tail)) + tail


HOSTILE = {
    "wav without sound": ("audio/wav", wave((b"fmt ", WAVE_FORMAT), (b"LIST", OWNER))),
    "wav whose length was never written": (
        "audio/wav",
        wave((b"fmt ", WAVE_FORMAT), (b"data", b"")) + b"LIST" + OWNER,
    ),
    "wav of MP3": ("audio/wav", wave((b"fmt ", b"\x55" + WAVE_FORMAT[1:]), (b"data", SOUND))),
    "wav with a format of any length": (
        "audio/wav",
        wave((b"fmt ", b"\2\0" + WAVE_FORMAT[2:] + OWNER * 9), (b"data", SOUND)),
    ),
    "mp3 with something else in it": ("audio/mpeg", MP3_FRAME * 2 + OWNER + MP3_FRAME * 2),
    "mp3 with a tag nobody knows": ("audio/mpeg", MP3_FRAME * 2 + OWNER * 3),
    "mp3 whose tag goes beyond it": ("audio/mpeg", b"ID3\4\0\0\x7f\x7f\x7f\x7f" + MP3_FRAME * 3),
    "a tag and no sound": ("audio/mpeg", id3(OWNER)),
    "an ape tag longer than all": ("audio/mpeg", MP3_FRAME + b"APETAGEX" + b"\xff" * 24),
    "aac frames shorter than their headers": ("audio/aac", b"\xff\xf1\x50\x40\0\0\0" * 9),
    "m4a with a track of places": ("audio/mp4", m4a(SOUND, kind=b"meta")),
    "m4a with a box longer than its place": ("audio/mp4", m4a(SOUND, about=b"\0\0\xff\xffudta" + OWNER)),
    "m4a that ends before its sound": ("audio/mp4", m4a(SOUND)[:300]),
    "m4a with a box of no length": ("audio/mp4", m4a(SOUND) + b"\0\0\0\4free"),
    "webm that is a recording in a recording": (
        "audio/webm",
        MARKED["webm"] + RECORDINGS["audio/webm"],
    ),
    "webm with tags of unknown length": (
        "audio/webm",
        MARKED["webm of a known length"] + element("1254c367", OWNER, length=UNKNOWN),
    ),
    "webm with pictures": ("audio/webm", marked_webm(codec=b"V_VP8")),
    "webm whose setup is something else": ("audio/webm", marked_webm(setup=OWNER)),
    "webm with its comments cut": ("audio/webm", marked_webm(codec=b"A_VORBIS", setup=b"\2\xff\xff" + OWNER)),
    "webm without sound": ("audio/webm", RECORDINGS["audio/webm"][:90]),
    "ogg that never comes to its sound": ("audio/ogg", page(0, OPUS_HEAD, flags=2)),
    "ogg whose comments never end": (
        "audio/ogg",
        page(0, OPUS_HEAD, flags=2) + torn(1, OWNER.ljust(255)) + RECORDINGS["audio/ogg"],
    ),
    "ogg with something else behind it": ("audio/ogg", RECORDINGS["audio/ogg"] + OWNER),
    "ogg with other comments": ("audio/ogg", page(0, OPUS_HEAD, flags=2) + page(1, OWNER) + page(2, SOUND)),
    "a page of no stream": ("audio/ogg", RECORDINGS["audio/ogg"] + page(3, OWNER, serial=b"none")),
    "nothing that we know": ("audio/amr", OWNER),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_told_apart_is_not_handed_out(name):
    mime, data = HOSTILE[name]
    with pytest.raises(NotWalked):
        strip(data, mime)


@pytest.mark.parametrize("name", MARKED)
def test_whatever_bytes_it_has_it_is_stripped_or_refused(name):
    """Nothing but the one refusal, and nothing longer than it came."""
    draw, data, mime = Random(1), MARKED[name], mime_of(name)
    for _n in range(150):
        harmed = bytearray(data)
        for _m in range(draw.choice((1, 1, 2, 20))):
            harmed[draw.randrange(len(harmed))] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
        harmed = harmed[: draw.choice((len(harmed), draw.randrange(len(harmed))))]
        with suppress(NotWalked):
            assert len(strip(bytes(harmed), mime)) <= len(harmed) + 1


BUSY = {
    "audio/wav": (b"RIFF\0\0\0\0WAVE", b"LIST\0\0\0\0"),
    "audio/mpeg": (b"", b"\0ID3\4\0\0\0\0\0\0"),
    "audio/aac": (b"", b"\xff\xf1\x50\x40\0\xff\xfc"),
    "audio/mp4": (RECORDINGS["audio/mp4"], b"\0\0\0\x08free"),
    "audio/webm": (MARKED["webm of a known length"], b"\xec\x80"),
    "audio/ogg": (RECORDINGS["audio/ogg"], b"OggS\0\0" + bytes(8) + b"sail" + bytes(9)),
}


@pytest.mark.parametrize("mime", BUSY)
def test_the_work_is_bounded_whatever_comes(mime):
    head, part = BUSY[mime]
    began = time.process_time()
    with pytest.raises(NotWalked, match="too many parts"):
        strip(head + part * (MOST_PARTS + 99), mime)
    assert time.process_time() - began < 20


def test_comments_as_long_as_a_file_may_be_take_no_longer_than_others():
    packet = b"OpusTags" + bytes(255 * 65_000)
    n = 255 * 255
    tornup = b"".join(
        b"OggS\0\1" + bytes(8) + b"sail" + bytes(8) + b"\xff" * 256 + packet[at : at + n]
        for at in range(0, len(packet) - n, n)
    )
    began = time.process_time()
    copy = strip(page(0, OPUS_HEAD, flags=2) + tornup + page(1, b"x") + page(2, SOUND), "audio/ogg")
    assert copy.endswith(page(2, SOUND)) and time.process_time() - began < 5


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="there is no ffmpeg")
@pytest.mark.parametrize("mime", RECORDINGS)
def test_ffmpeg_reads_the_same_packets(mime, tmp_path):
    told = []
    for name, data in (("original", RECORDINGS[mime]), ("copy", strip(RECORDINGS[mime], mime))):
        (tmp_path / name).write_bytes(data)
        words = ("-loglevel", "quiet", "-f", recordings.DEMUXERS[mime], "-i", tmp_path / name, "-c", "copy")
        told.append(subprocess.run(("ffmpeg", *words, "-f", "framemd5", "-"), capture_output=True).stdout)
    assert told[0] == told[1]
