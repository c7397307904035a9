"""Settings and documents that talk about credentials and hold none: placeholders, references, schemas, instructions."""

# ruff: noqa: E501  (templates: a line each)

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from tests.load.secrets.random_parts import b64, hexadecimal, name, unique, version, word

_STAND_INS = (
    "<YOUR_TOKEN>", "<your-api-key>", "YOUR_API_KEY", "your_api_key_here", "xxxxxxxxxxxxxxxxxxxx", "changeme", "REPLACE_ME", "...",
    "********", "$TOKEN", "${TOKEN}", "{{ token }}", "%TOKEN%", "TODO", "sk-...", "sk-xxxxxxxxxxxxxxxx", "ghp_xxxxxxxxxxxxxxxxxxxx",
    "<PASTE YOUR KEY>", "insert-your-token-here", "example-token", "my-secret-token", "[REDACTED]", "<redacted>", "null", "none",
    "AIza...", "xoxb-your-token", "pk_test_...", "glpat-XXXXXXXXXXXXXXXXXXXX", "YOUR-256-BIT-SECRET", "s3cr3t-goes-here", "\"\"",
)  # fmt: skip


def _stand_in(rng: random.Random) -> str:
    return rng.choice(_STAND_INS)


def _manifest(rng: random.Random) -> str:
    return f'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name(rng)}\n  uid: {unique(rng)}\n  resourceVersion: "{rng.getrandbits(32)}"\n  annotations:\n    checksum/config: {hexadecimal(rng, 32)}\nspec:\n  template:\n    spec:\n      serviceAccountName: {name(rng)}\n      automountServiceAccountToken: false\n      imagePullSecrets:\n        - name: registry-credentials\n      containers:\n        - name: {word(rng)}\n          image: registry.example.test/{name(rng)}@sha256:{hexadecimal(rng, 32)}\n          env:\n            - name: DB_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  name: {name(rng)}-credentials\n                  key: password\n            - name: API_TOKEN\n              value: "{_stand_in(rng)}"\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: {name(rng)}\ntype: Opaque\nstringData:\n  password: {_stand_in(rng)}\n'


def _values(rng: random.Random) -> str:
    return f'auth:\n  existingSecret: {name(rng)}\n  existingSecretPasswordKey: admin-password\n  passwordSecretName: {name(rng)}\n  tokenSecretRef:\n    name: {name(rng)}-token\n    key: token\n  password: ""\n  secretName: {{{{ include "{word(rng)}.fullname" . }}}}\n  apiKey: {_stand_in(rng)}\ntls:\n  secretName: {name(rng)}-tls\n'


def _workflow(rng: random.Random) -> str:
    return f"      - uses: actions/checkout@{hexadecimal(rng, 20)} # v{version(rng)}\n        with:\n          token: ${{{{ secrets.GITHUB_TOKEN }}}}\n      - name: Publish\n        env:\n          NPM_TOKEN: ${{{{ secrets.NPM_TOKEN }}}}\n          API_KEY: {_stand_in(rng)}\n        run: npm config set //registry.npmjs.org/:_authToken=$NPM_TOKEN && make {word(rng)} TOKEN=$TOKEN\n          key: ${{{{ runner.os }}}}-{word(rng)}-${{{{ hashFiles('**/package-lock.json') }}}}\n"


def _terraform(rng: random.Random) -> str:
    return f'variable "{word(rng)}_password" {{\n  type      = string\n  sensitive = true\n}}\nresource "aws_db_instance" "{word(rng)}" {{\n  password               = var.{word(rng)}_password\n  username               = local.{word(rng)}_user\n  kms_key_id             = "arn:aws:kms:eu-west-1:123456789012:key/{unique(rng)}"\n  master_user_secret_arn = aws_secretsmanager_secret.{word(rng)}.arn\n  api_token              = data.vault_generic_secret.{word(rng)}.data["token"]\n  key_name               = "{name(rng)}"\n}}\n'


def _compose(rng: random.Random) -> str:
    return f"services:\n  {word(rng)}:\n    environment:\n      POSTGRES_PASSWORD: ${{POSTGRES_PASSWORD:?set it}}\n      POSTGRES_PASSWORD_FILE: /run/secrets/{word(rng)}_password\n      DATABASE_URL: postgres://{word(rng)}:${{DB_PASSWORD}}@db:5432/{word(rng)}\n      REDIS_URL: redis://:${{REDIS_PASSWORD}}@cache:6379/0\n      SECRET_KEY: {_stand_in(rng)}\n    secrets:\n      - {word(rng)}_token\n"


def _environment(rng: random.Random) -> str:
    return f"# copy to .env and fill in\n{word(rng).upper()}_API_KEY={_stand_in(rng)}\n{word(rng).upper()}_SECRET={_stand_in(rng)}\nDB_PASSWORD={_stand_in(rng)}\nJWT_SECRET={_stand_in(rng)}\nSESSION_TTL={rng.randrange(9999)}\nTOKEN_URL=https://id.example.test/oauth/token\nKEYCLOAK_REALM={name(rng)}\nPASSWORD_MIN_LENGTH=12\nTOKENIZERS_PARALLELISM=false\n"


def _instructions(rng: random.Random) -> str:
    return rng.choice((
        f"Create a personal access token and export it:\n\n    export {word(rng).upper()}_TOKEN=<YOUR_TOKEN>\n    curl -H \"Authorization: Bearer $TOKEN\" https://api.example.test/v1/{word(rng)}\n",
        f"Set `api_key` to your own key, e.g. `client = Client(api_key=\"{_stand_in(rng)}\")`. Keys start with `sk-` and have 48 characters.\n",
        "The password must have at least 12 characters, one digit and one symbol. The token expires after 3600 seconds; refresh it with the refresh token.\n",
        "Tokens begin with `ghp_`, `gho_` or `github_pat_`; AWS access key ids begin with `AKIA`; Slack's with `xoxb-`. Never commit them.\n",
        f"curl -u username:password https://api.example.test/{word(rng)}\ncurl -u \"$USER:$PASS\" https://api.example.test/\nmysql -u root -p {word(rng)}\npsql postgresql://user:password@localhost:5432/{word(rng)}\nmongodb://<user>:<password>@localhost:27017/{word(rng)}\n",
        f"| Field | Type | Description |\n|---|---|---|\n| `password` | string | The user's password |\n| `access_token` | string | Opaque, e.g. `<token>` |\n| `secret` | string | default: `{_stand_in(rng)}` |\n",
        "Authorization: Bearer <token>\nX-Api-Key: {api_key}\nCookie: session=<session id>\nAuthorization: Basic <credentials>\nProxy-Authorization: Basic ${CREDENTIALS}\n",
        f"The secret is stored in Vault at secret/data/{name(rng)} under the key {name(rng)}-password, see arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name(rng)}-AbCdEf.\n",
    ))  # fmt: skip


def _interface(rng: random.Random) -> str:
    return f'{{"securitySchemes":{{"bearerAuth":{{"type":"http","scheme":"bearer","bearerFormat":"JWT"}},"apiKey":{{"type":"apiKey","in":"header","name":"X-API-Key"}},"oauth":{{"type":"oauth2","flows":{{"clientCredentials":{{"tokenUrl":"https://id.example.test/oauth/token","scopes":{{"read:{word(rng)}":"Read"}}}}}}}}}},"properties":{{"password":{{"type":"string","format":"password","minLength":8,"example":"{_stand_in(rng).replace(chr(34), "")}"}},"token":{{"type":"string","description":"The token of the {word(rng)}"}},"client_secret":{{"$ref":"#/components/schemas/{word(rng).title()}Secret"}},"key":{{"type":"string","pattern":"^[a-z0-9-]+$"}}}}}}'


def _program(rng: random.Random) -> str:
    one, other = word(rng), word(rng)
    return rng.choice((
        f"def login(user: str, password: str, *, token: str | None = None) -> {one.title()}Token:\n    if not check_password(password, self.{one}.password_hash):\n        raise InvalidPasswordError(\"wrong password\")\n    token = self._tokens.issue(user.id, ttl=settings.TOKEN_TTL)\n    secret = secrets.token_urlsafe(32)\n    return {one.title()}Token(access_token=token, secret=secret, key=self.{other}_key)\n",
        f"const {{ password, confirmPassword, apiKey = process.env.{one.upper()}_API_KEY }} = req.body;\nif (password !== confirmPassword) return res.status(400).json({{ error: 'passwords do not match' }});\nconst token = jwt.sign({{ sub: user.id }}, config.jwtSecret, {{ expiresIn: '1h' }});\nconst secretKey = await kms.decrypt(encrypted.{other});\n",
        f"String password = System.getenv(\"{one.upper()}_PASSWORD\");\nprivate static final String PASSWORD_KEY = \"{one}.{other}.password\";\nfinal String token = tokenProvider.createToken(authentication, rememberMe);\nconfig.setProperty(\"ssl.keystore.password\", keyStorePassword);\n",
        f"password := os.Getenv(\"{one.upper()}_PASSWORD\")\ntoken, err := {one}.GetToken(ctx, {other}.WithScope(\"read:all\"))\nsecretName := types.NamespacedName{{Name: \"{name(rng)}\", Namespace: ns}}\napiKey := flag.String(\"api-key\", \"\", \"API key of the {other}\")\n",
        f"CREATE TABLE {one} (id uuid PRIMARY KEY DEFAULT '{unique(rng)}', password_hash varchar(255) NOT NULL, api_token varchar(64), secret_key bytea);\nINSERT INTO {other} VALUES ('{unique(rng)}', '{hexadecimal(rng, 32)}', 'token', NULL);\n",
        f"<label for=\"password\">Password</label><input type=\"password\" id=\"password\" name=\"user[password]\" autocomplete=\"current-password\" placeholder=\"Your password\">\n<meta name=\"{one}\" content=\"{b64(rng, 24)}\"><a href=\"/password/reset\">Forgot password?</a>\n",
        f"\"login.password\": \"Passwort\", \"login.token.expired\": \"Das Token ist abgelaufen\", \"{one}.secret\": \"Geheimnis\", \"{other}.apiKey.hint\": \"Ihr API-Schlüssel\", \"password.too.short\": \"mindestens 12 Zeichen\"\n",
    ))  # fmt: skip


SETTINGS: Mapping[str, Callable[[random.Random], str]] = {
    "manifests": _manifest, "helm values": _values, "workflows": _workflow, "terraform": _terraform, "compose files": _compose,
    "env examples": _environment, "instructions": _instructions, "interfaces": _interface, "programs": _program,
}  # fmt: skip
"""Makers by kind; each makes a few lines."""
