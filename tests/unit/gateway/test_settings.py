"""The configuration refuses what it does not know and never shows a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import StartupError
from gateway.settings import SecretSettings, Settings
from gateway.settings_page import settings_page

MASTER = "Zk4-v9Qw_e7Rt2Yu8Ip5As1Df6Gh3Jk0Lz-Xc7Vb2Nm"
CREDENTIAL = "key-of-the-vendor"
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "settings.md"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_SECRETS__MASTER", raising=False)


def load(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    return Settings.load(file)


def with_master(more: str = "") -> str:
    return f'[secrets]\nmaster = "{MASTER}"\n{more}'


REFUSED = {
    "no secret": "",
    "short": '[secrets]\nmaster = "Zk4-v9Qw_e7Rt2Yu8Ip5As1"',
    "repeated": f'[secrets]\nmaster = "{"ab" * 40}"',
    "well-known": '[secrets]\nmaster = "sk-1234-Zk4-v9Qw_e7Rt2Yu8Ip5As1Df6Gh3Jk0Lz"',
    "contains a default": '[secrets]\nmaster = "Zk4-v9Qw_e7RtChangeMe2Yu8Ip5As1Df6Gh3Jk0Lz"',
    "unknown section": with_master("[sever]\nport = 1"),
    "unknown key": with_master("[server]\nprot = 1"),
    "unknown key of an upstream": with_master('[upstreams.a]\nbase_url = "http://127.0.0.1"\nkey = "x"'),
    "port out of bounds": with_master("[server]\nport = 70000"),
    "negative time": with_master("[audit]\nwait_s = -1.0"),
    "not TOML": "[secrets",
}


@pytest.mark.parametrize("name", REFUSED)
def test_configuration_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartupError, match="configuration"):
        load(tmp_path, REFUSED[name])


def test_refusal_names_the_place_and_never_the_value(tmp_path: Path) -> None:
    with pytest.raises(StartupError) as refused:
        load(tmp_path, '[secrets]\nmaster = "weak-but-private"\n')
    assert "secrets.master" in str(refused.value)
    assert "weak-but-private" not in str(refused.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="FileNotFoundError"):
        Settings.load(tmp_path / "nothing.toml")


def test_secrets_are_masked_wherever_settings_are_shown(tmp_path: Path) -> None:
    upstream = f'[upstreams.a]\nbase_url = "http://127.0.0.1"\ncredential = "{CREDENTIAL}"\n'
    settings = load(tmp_path, with_master(upstream))
    for shown in (repr(settings), str(settings), repr(settings.secrets), settings.model_dump_json()):
        assert MASTER not in shown
        assert CREDENTIAL not in shown


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SERVER__PORT", "9999")
    assert load(tmp_path, with_master("[server]\nport = 1234")).server.port == 9999


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load(tmp_path, with_master())
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1


def test_derived_keys_differ_by_purpose_and_stay(tmp_path: Path) -> None:
    secret = SecretSettings(master=MASTER)  # type: ignore[arg-type]
    keys = {secret.derive(purpose) for purpose in ("a", "b", "audit-commitment")}
    assert len(keys) == 3
    assert all(len(key) == 32 for key in keys)
    assert secret.derive("a") == secret.derive("a")


def test_reference_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run: scripts/reference"


def test_every_setting_is_described() -> None:
    page = settings_page()
    assert "| None |" not in page
    for name in ("server.port", "secrets.master", "limits.body_bytes", "upstreams.<destination>.credential"):
        assert f"`{name}`" in page
