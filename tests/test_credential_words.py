"""The catalog's words for credentials: which keys mean one, and which texts are one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from krmfn.catalog import Catalog

if TYPE_CHECKING:
    from krmfn import catalog

SHIPPED = Catalog.shipped()


@pytest.mark.parametrize(
    "key",
    [
        *("password", "rootPassword", "db-password", "REDIS_PASSWORD", "passwd", "passphrase", "resticPassword"),
        *("token", "authToken", "huggingfaceToken", "bot_token", "apiKey", "api-key", "API_KEY", "APIKey", "apikey"),
        *("openaiApiKey", "secretKey", "s3SecretKey", "S3SecretKey", "accessKey", "s3AccessKey", "accessKeyId"),
        *("secretAccessKey", "privateKey", "tls_private_key", "masterKey", "encryptionKey", "clientSecret"),
        *("aadClientSecret", "apiSecret", "applicationSecret", "serviceAccountKey", "OAUTH2_PROXY_COOKIE_SECRET"),
    ],
)
def test_keys_that_mean_a_credential(key: str) -> None:
    """A credential is known by its key, however the chart spells it."""
    assert SHIPPED.credential_keys().names_credential(key)


@pytest.mark.parametrize(
    "key",
    [
        *("secretName", "secretRef", "secretKeyRef", "existingSecret", "existingSecretKey", "passwordSecret"),
        *("existingSecretPasswordKey", "existing_secret_password", "passwordSecretKey", "tokenSecretKey", "tokenRef"),
        *("tlsSecretName", "registrySecretName", "imagePullSecret", "s3CredentialsSecret", "s3CredentialsSecretKey"),
        *("accessKeyIDKey", "secretAccessKeyKey", "bucketKey", "passwordKey", "passwordPolicy", "passwordLength"),
        *("tokenTTL", "tokenLifetime", "tokenEndpoint", "tokenUrl", "maxTokens", "maxToken", "tokenizer", "eosToken"),
        *("automountServiceAccountToken", "generatePassword", "allowEmptyPassword", "usePassword", "publicKey"),
        *("key", "keys", "sshKeys", "secret", "topologyKey", "monkey", "user", "", "---", "credentials", "passwords"),
    ],
)
def test_keys_that_only_look_like_it(key: str) -> None:
    """Names of Secrets, references to them, switches, and rules for passwords are no credentials."""
    assert not SHIPPED.credential_keys().names_credential(key)


def test_well_known_tokens() -> None:
    """A token is known by how it begins and how long it is; a text with blanks is none."""
    keys = SHIPPED.credential_keys()
    assert keys.token("ghp_" + "a" * 36) == "a GitHub personal access token"
    assert keys.token("hf_" + "a" * 34) == "a Hugging Face token"
    assert keys.token("AKIA" + "A" * 16) == "an AWS access key"
    assert keys.token("eyJ" + "a" * 60) == "a JSON Web Token"
    assert keys.token("sk-learn") == ""
    assert keys.token("ghp_ is how a token of GitHub begins, as we all know") == ""
    assert keys.token("postgres") == ""


@pytest.mark.parametrize("known", SHIPPED.credential_keys().token_prefixes, ids=lambda known: known.prefix)
def test_every_token_has_a_description(known: catalog.TokenPrefix) -> None:
    """A result can say what sort of token it found, and no prefix is longer than what begins with it."""
    assert known.description.startswith(("a ", "an "))
    assert len(known.prefix) < known.length


def test_words_are_lower_case() -> None:
    """The table is written as keys are compared: in lower-case words."""
    keys = SHIPPED.credential_keys()
    assert all(re.fullmatch(r"[a-z]+", word) for words in keys.words | keys.exceptions for word in words)
