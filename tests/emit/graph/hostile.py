"""A flowchart in which every text would break out of a language that took it as it is."""

from __future__ import annotations

from unetgen.emit.graph.flowchart import Arrow, Box, Flowchart, Group

LINES = (
    'a "b" <i>c</i> &amp; #35; `d` \\',
    "[e](f) {g} |h| ]) end %% --> i",
    "1×2 → 3; k: l // /* \\l",
)
SIZE = '7×"8"| <b>9</b>'
TITLE = 'm "n" \\ <u>o</u> end'
HOSTILE = Flowchart(
    'name: "p" \\ # --- end',
    "0" * 64,
    (
        Group("", (Box("input", LINES, "input"),)),
        Group(TITLE, (Box("encoder_level0", LINES), Box("head", ("`**end**`",)))),
        Group("", (Box("head_output", ("graph",), "output"),)),
    ),
    (
        Arrow("input", "encoder_level0", SIZE, True),
        Arrow("encoder_level0", "head", "", False),
        Arrow("head", "head_output", "", False),
    ),
)
