"""Made settings files: sections, keys and values in a dozen ways of writing. They are no source code."""

# ruff: noqa: E501  (templates: a line each)

from __future__ import annotations

import random
from collections.abc import Callable

_KEYS = (
    "mode shape width height timeout retries enabled path port host level format cache size limit interval backend driver "
    "user group log_file max_connections pool_size read_only color theme language encoding prefix suffix default title "
    "command args env name version description license target source include exclude rule filter action action_url"
).split()
_SECTIONS = "main server client database logging cache auth network display editor build tool Unit Service Install DEFAULT".split()
_BARE = "auto none standard true false yes no on off default arrow strict info warning debug utf-8 UTC all localhost".split()
_DIRECTIVES = "listen server_name root index set bind unbind source option allow deny include load chroot alias user worker error_log map".split()


def settings(rng: random.Random) -> str:
    """Returns some lines of one way of writing settings."""
    line = rng.choice(_WAYS)
    return "\n".join(line(rng) for _ in range(rng.randint(3, 10)))


def _value(rng: random.Random) -> str:
    return rng.choice((
        rng.choice(_BARE), rng.choice(_BARE), str(rng.randint(0, 99999)), f"{rng.random() * 10:.2f}", f"/etc/{rng.choice(_KEYS)}/{rng.choice(_KEYS)}.conf",
        f"{rng.randint(1, 90)}{rng.choice(('s', 'm', 'MB', 'k', '%'))}", f"{rng.choice(_BARE)}, {rng.choice(_BARE)}", f"127.0.0.{rng.randint(1, 9)}:{rng.randint(1000, 9999)}", f"https://{rng.choice(_KEYS)}.example.test/{rng.choice(_KEYS)}",
        f"#{rng.randrange(1 << 24):06x}", f"%({rng.choice(_KEYS)})s/{rng.choice(_KEYS)}", f"${{{rng.choice(_KEYS).upper()}}}", "",
    ))  # fmt: skip


def _quoted(rng: random.Random) -> str:
    one = rng.choice((f'"{_value(rng)}"', f"'{_value(rng)}'", str(rng.randint(0, 999)), rng.choice(("true", "false"))))
    return rng.choice((one, one, f"[{one}, {one}]", f"{{ {_key(rng)} = {one} }}"))


def _key(rng: random.Random) -> str:
    return rng.choice((rng.choice(_KEYS), f"{rng.choice(_KEYS)}{rng.choice('_-.')}{rng.choice(_KEYS)}"))


def _section(rng: random.Random) -> str:
    return f"[{rng.choice(_SECTIONS)}{rng.choice(('', '', '.' + rng.choice(_KEYS), ':' + rng.choice(_KEYS)))}]"


def _remark(rng: random.Random) -> str:
    return f"{rng.choice('##;')} {rng.choice(('', 'Set to', 'Default:', 'The'))} {rng.choice(_KEYS)} {rng.choice(('of the', 'for each', '=', 'or'))} {rng.choice(_KEYS)}"


def _ini(rng: random.Random) -> str:
    equals = rng.choice((" = ", "=", " = ", ": "))
    return rng.choice((f"{_key(rng)}{equals}{_value(rng)}",) * 6 + (_section(rng), _remark(rng), f"{rng.choice('#;')}{_key(rng)}{equals}{_value(rng)}"))  # fmt: skip


def _toml(rng: random.Random) -> str:
    return rng.choice((f"{_key(rng)} = {_quoted(rng)}",) * 6 + (_section(rng), f"[{_section(rng)}]", _remark(rng), f'    "{_value(rng)}",'))  # fmt: skip


def _yaml(rng: random.Random) -> str:
    indent = "  " * rng.randint(0, 4)
    return indent + rng.choice((f"{_key(rng)}: {_value(rng)}", f"{_key(rng)}: {_value(rng)}", f"{_key(rng)}:", f"- {_key(rng)}: {_value(rng)}", f"- {_value(rng)}", f'{_key(rng)}: "{_value(rng)}"', f"{_key(rng)}: {{ {_key(rng)}: {_value(rng)}, {_key(rng)}: 0x{rng.randrange(1 << 16):X} }}", f"{_key(rng)}: [{_value(rng)}, {_value(rng)}]", _remark(rng), f"#{_key(rng)}: {_value(rng)}"))  # fmt: skip


def _json(rng: random.Random) -> str:
    indent, colon = " " * rng.randint(0, 12), rng.choice((": ", " : ", ":"))
    one = rng.choice((f'"{_value(rng)}"', f'"{rng.choice(_KEYS).upper()}_{rng.choice(_KEYS).upper()}"', str(rng.randint(0, 999)), "true", "null"))  # fmt: skip
    return indent + rng.choice((f'"{_key(rng)}"{colon}{one},', f'"{_key(rng)}"{colon}{one},', f'"{_key(rng)}"{colon}{{', f'"{_key(rng)}"{colon}[ {{', f"{one},", "},", "}, {", "} ]", "]"))  # fmt: skip


def _directive(rng: random.Random) -> str:
    end = rng.choice(("", "", ";"))
    option = rng.choice((f"-{rng.choice('gansw')} ", "", ""))
    return "\t" * rng.randint(0, 1) + rng.choice((f"{rng.choice(_DIRECTIVES)} {option}{_value(rng)}{end}", f"{rng.choice(_DIRECTIVES)} {option}{_key(rng)} {_value(rng)}{end}", f"{rng.choice(_KEYS).title()}{rng.choice(_KEYS).title()} {_value(rng)}", _remark(rng), f"#{rng.choice(_DIRECTIVES)} {_key(rng)} {_value(rng)}"))  # fmt: skip


def _unit(rng: random.Random) -> str:
    key = f"{rng.choice(_KEYS).title()}{rng.choice(_SECTIONS).title()}"
    return rng.choice((f"{key}={_value(rng)}",) * 5 + (_section(rng), f"Exec{rng.choice(('Start', 'Stop'))}=/usr/bin/{rng.choice(_KEYS)} --{rng.choice(_KEYS)} ${rng.choice(_KEYS).upper()}"))  # fmt: skip


_WAYS: tuple[Callable[[random.Random], str], ...] = (_ini, _ini, _toml, _yaml, _yaml, _json, _directive, _unit)
