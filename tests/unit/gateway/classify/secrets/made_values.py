"""Passwords and keys of nobody beside words that announce them, and texts that only look so."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import random
import string
from dataclasses import dataclass

_WORDS = "river stone copper winter falcon garden pepper violet hammer ticket summer orange monkey dragon silver purple".split()


@dataclass(frozen=True, slots=True)
class Sample:
    """A text and the value in it; no value: nothing is to be found."""

    text: str
    value: str | None


def password(rng: random.Random) -> str:
    """Returns a password as people and tools make them."""
    word, other = rng.choice(_WORDS), rng.choice(_WORDS)
    number, symbol = rng.randrange(1, 9999), rng.choice("!@#%&*?+=-_.")
    styles = (
        f"{word.title()}{number}{symbol}" if symbol not in "._-" else f"{word.title()}{number}!",
        f"{word}{number}{other}",
        f"{word}-{other}-{number}",
        f"{word[:2]}{symbol}{other[2:]}{number}X",
        "".join(rng.choices(string.ascii_letters + string.digits, k=rng.randint(9, 18))) + str(number),
        "".join(rng.choices(string.ascii_letters + string.digits + "!@#%^*+", k=rng.randint(8, 20))) + "a7",
        f"{word.replace('o', '0').replace('e', '3').title()}#{number}",
        f"{word.title()}{other.title()}{number}",
    )
    return rng.choice(styles)


def key(rng: random.Random) -> str:
    """Returns a random key in one of the usual alphabets."""
    size = rng.choice((20, 24, 32, 40, 43, 64))
    alphabet = rng.choice(
        (
            string.ascii_letters + string.digits,
            string.ascii_letters + string.digits + "-_",
            string.ascii_lowercase + string.digits,
            string.ascii_letters + string.digits + "+/",
        )
    )
    return "".join(rng.choices(alphabet, k=size - 2)) + rng.choice("abcxyz") + rng.choice("234567")


PASSWORD_PLACES = (
    "DB_PASSWORD={v}", "export PGPASSWORD='{v}'", 'password: "{v}"', "password = '{v}'", '{{"user": "svc", "password": "{v}"}}', "pwd: {v}",
    "The password is {v}", "the VPN password for the lab is {v}, please keep it safe", "My login is jroe and my password is {v}.", "Password: {v}\nThanks",
    "user: admin\npass: {v}\n", "spring.datasource.password={v}", "<password>{v}</password>", "mysql -u root -p{v} shop", "curl -u admin:{v} https://intra.test/x",
    "postgres://app:{v}@db.test:5432/main", "Das Passwort lautet {v}", "Kennwort: {v}", "Passwort = {v}", "mot de passe : {v}", "la contraseña es {v}", "密码：{v}", "密码是{v}，请保存", "パスワード: {v}",
    "пароль: {v}", "--password {v} --host db", "--password={v}", "ALTER USER app WITH PASSWORD '{v}';", "Server=db;Database=x;User Id=sa;Password={v};", "password -> {v}",
    'client.login(user="a", password="{v}")', "const password = '{v}';", 'String dbPassword = "{v}";', "MYSQL_ROOT_PASSWORD: {v}", "password changed to {v}", "the passcode is: {v}", "wachtwoord: {v}", "senha: {v}",
    '\\"password\\": \\"{v}\\"', "machine ftp.test login jroe password {v}", "| password | {v} |", "sshpass -p '{v}' ssh host",
)  # fmt: skip
KEY_PLACES = (
    "API_KEY={v}", 'api_key = "{v}"', "client_secret: {v}", '"clientSecret": "{v}"', "SECRET_KEY='{v}'", 'const token = "{v}";', "auth_token: {v}", "Authorization: Bearer {v}", "x-api-key: {v}",
    "access_token={v}&expires=3600", "--token {v}", "encryption_key: '{v}'", "JWT_SECRET={v}", "my api key is: {v}", "private_key = {v}", "<apiKey>{v}</apiKey>", "密钥：{v}", "ACME_KEY={v}", 'apikey: "{v}"',
    'headers = {{"X-Auth-Token": "{v}"}}', "signing key: {v}", "os.environ['SERVICE_TOKEN'] = '{v}'", 'os.getenv("API_KEY", "{v}")', 'set_token("{v}")',
)  # fmt: skip
HARMLESS = (
    "password = os.environ['DB_PASSWORD']", "password = getpass.getpass()", "api_key: ${{API_KEY}}", "token = <your-token-here>", "password: changeme", "password=${{DB_PASSWORD}}", "PASSWORD={{{{ vault.db }}}}",
    "def login(user: str, password: str) -> Token:", "password: Optional[str] = None", "if password == stored_password:", "password = request.form['password']", "self.password = password", "this.token = token;",
    "secret: internationalization", "The secret of good writing is rewriting.", "The password is required.", "Your password is too short, it must have 12 characters.", "password is case-sensitive", "The password was changed on 2026-11-21.",
    "token = get_token(session.config)", "sha256 = {sha}", "commit {sha1}", "token_type: bearer", "max_tokens: 4096", "tokens=128000", "next_page_token: {b64}", "primary_key: user_id", "public_key: {b64}", "cache_key = f'user:{{uid}}'",
    '"key": "user.settings.title"', "password_hash: {sha}", "reset your password at https://example.test/reset", "<input type=\"password\" name=\"password\" id=\"password\">", "password_min_length = 12", "PASSWORD_HASHERS = ['django.contrib.auth']",
    "etag: \"{md5}\"", "integrity: sha512-{b64}", "id: {uuid}", "token: {uuid}", "api_key = 'xxxxxxxxxxxxxxxxxxxx'", "api_key='your-api-key-here'", "secret = 'my_secret_value'", "API_KEY=YOUR_API_KEY", "password: '********'",
    'label: "Password"', 'placeholder="Enter your password"', "passwort: Pflichtfeld", "Das Passwort ist falsch.", "密码不能为空", "密码是必填项", "mot de passe oublié ?", "le mot de passe est obligatoire", "la contraseña es incorrecta",
    "private_key_path = /etc/ssl/private/server.key", "credential_source: environment", "secret_name: prod/db/main", "secretKeyRef: name", "aws_secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db", "keyboard: qwertz", "monkey: banana",
    "the token count is 1532", "tokenizer = AutoTokenizer.from_pretrained(model_name)", "token: string;", "password?: string;", "const [password, setPassword] = useState('');", "Authorization: Bearer <token>", "Authorization: Bearer $TOKEN", "Authorization: Bearer {{{{token}}}}",
    "https://user@example.com/path", "https://example.com:8443/path@v2", "postgres://app:${{PW}}@db/x", "postgres://user:password@localhost/db", "call_8fKq2LmN0pXv7RtYbC3d", "{uuid}", "{sha}", "{sha1}", "{md5}", "data-testid=\"token-list-item-selected\"",
    "class=\"sk-fading-circle sk-circle-large-item\"", "version = '1.2.3-beta.4+build.567'", "password = input('Password: ')", "password = config.get('password')", "private String password;", "bypass = true", "compass: north-west-12", "passport: required",
    "pass: 12 fail: 3", "passed=128 failed=2", "secret santa is on 12/24", "The API key is stored in the vault.", "api key rotation: every 90 days", "token expires_in: 3600", "csrf_token = {{% csrf_token %}}", "SESSION_KEY_PREFIX = 'session:v2:user'",
    "password is hashed with bcrypt-12", "password is SHA-256-hashed", "sort_key = lambda item: item.name", "KeyError: 'password'", "raise ValueError('bad password')", "def test_wrong_password_is_refused(): ...", "passwords: 14", "the password field is 'user_pw'",
    "keyFile = '/home/app/.ssh/id_rsa'", "translation_key: home.welcome.title2", "MY_KEY=value", "secrets.token_hex(16)", "token = uuid.uuid4().hex", "secret = Secret.from_name('db')", "api_key: test", "apiKey: process.env.API_KEY,", "password => bcrypt.hash(password, 10)",
)  # fmt: skip


def positives(rng: random.Random, rounds: int) -> tuple[list[Sample], list[Sample]]:
    """Returns texts with a password, and texts with a key."""
    passwords = [
        Sample(place.format(v=value), value)
        for _ in range(rounds)
        for place in PASSWORD_PLACES
        for value in [password(rng)]
    ]
    keys = [Sample(place.format(v=value), value) for _ in range(rounds) for place in KEY_PLACES for value in [key(rng)]]
    return passwords, keys


def negatives(rng: random.Random, rounds: int) -> list[Sample]:
    """Returns texts in which nothing is to be found."""
    return [Sample(each.format(**_digests(rng)), None) for _ in range(rounds) for each in HARMLESS]


def _digests(rng: random.Random) -> dict[str, str]:
    def hexadecimal(size: int) -> str:
        return rng.randbytes(size // 2).hex()

    parts = [hexadecimal(size) for size in (8, 4, 4, 4, 12)]
    b64 = "".join(rng.choices(string.ascii_letters + string.digits + "+/", k=44))
    return {
        "sha": hexadecimal(64),
        "sha1": hexadecimal(40),
        "md5": hexadecimal(32),
        "uuid": "-".join(parts),
        "b64": b64,
    }
