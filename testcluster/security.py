"""What a secure cluster needs: an authority, a certificate for the nodes, two users with a password.

`admin` may do anything. `searchidx` may do what searchidx needs and no more, so that it is known what that is. Java's
own keytool makes the certificates, since it is there wherever a node runs; the plugin's own tool hashes the password.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from . import ClusterError, java

AUTHORITY, PASSWORD = "authority.pem", "password"
ADMIN, USER = "admin", "searchidx"
NODE = "CN=testcluster node"
STORE = "node.p12"  # the nodes' key, their certificate, and the authority's

ROLE: dict[str, Any] = {
    "cluster_permissions": ["cluster_composite_ops", "cluster_monitor"],
    "index_permissions": [
        {
            "index_patterns": ["news", "news-*"],
            "allowed_actions": [
                "crud",
                "create_index",
                "manage_aliases",
                "indices_monitor",
                "indices:admin/analyze*",
                "indices:admin/delete",
                "indices:admin/forcemerge",
                "indices:admin/get",
                "indices:admin/refresh*",
            ],
        }
    ],
}
"""What a user needs for archives called `news` and `news-` something."""


def make(folder: Path, home: Path) -> dict[str, Any]:
    """Certificates and a password in a folder; and the settings of nodes that use them."""
    folder.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    with os.fdopen(os.open(folder / PASSWORD, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    _certify(folder, password)
    config = folder / "opensearch-security"
    shutil.copytree(home / "plugins" / "opensearch-security" / "config", config)
    hashed: dict[str, Any] = {"hash": _hash(password, home)}
    users: dict[str, dict[str, Any]] = {"_meta": {"type": "internalusers", "config_version": 2}}
    users |= {ADMIN: hashed | {"backend_roles": [ADMIN]}, USER: hashed}
    (config / "internal_users.yml").write_text(json.dumps(users))
    for name, entry in (("roles.yml", ROLE), ("roles_mapping.yml", {"users": [USER]})):
        with (config / name).open("a") as file:
            file.write(f"\n{json.dumps(USER)}: {json.dumps(entry)}\n")
    settings: dict[str, Any] = {
        "plugins.security.allow_default_init_securityindex": True,
        "plugins.security.nodes_dn": [NODE],
        "plugins.security.ssl.http.enabled": True,
        "plugins.security.ssl.transport.resolve_hostname": False,
    }
    for layer in ("http", "transport"):
        for store in ("keystore", "truststore"):
            stem = f"plugins.security.ssl.{layer}.{store}_"
            settings |= {stem + "type": "PKCS12", stem + "filepath": STORE, stem + "password": password}
        settings[f"plugins.security.ssl.{layer}.keystore_alias"] = "node"
    return settings


def copy(folder: Path, config: Path) -> None:
    """Give a node what was made."""
    shutil.copy(folder / STORE, config)
    shutil.copytree(folder / "opensearch-security", config / "opensearch-security")


def _certify(folder: Path, password: str) -> None:
    keys = ("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "365")

    def keytool(*words: str, store: str, given: str = "") -> str:
        where = ["-keystore", str(folder / store), "-storetype", "PKCS12", "-storepass:env", "STORE_PASSWORD"]
        return _run([java.home() / "bin" / "keytool", *words, *where], password, given)

    keytool(*keys, "-alias", "authority", "-dname", "CN=testcluster authority", "-ext", "bc:c", store="authority.p12")
    authority = keytool("-exportcert", "-rfc", "-alias", "authority", store="authority.p12")
    (folder / AUTHORITY).write_text(authority)
    keytool(*keys, "-alias", "node", "-dname", NODE, store=STORE)
    asked = keytool("-certreq", "-alias", "node", store=STORE)
    names = ("-ext", "san=ip:127.0.0.1,dns:localhost", "-ext", "eku=serverAuth,clientAuth")
    signed = keytool("-gencert", "-rfc", "-alias", "authority", *names, store="authority.p12", given=asked)
    keytool("-importcert", "-noprompt", "-alias", "authority", store=STORE, given=authority)
    keytool("-importcert", "-noprompt", "-alias", "node", store=STORE, given=signed + authority)


def _hash(password: str, home: Path) -> str:
    classes = f"{home}/plugins/opensearch-security/*{os.pathsep}{home}/lib/*"
    hasher = "org.opensearch.security.tools.Hasher"
    return _run([java.home() / "bin" / "java", "-cp", classes, hasher, "-env", "STORE_PASSWORD"], password).split()[-1]


def _run(command: list[Any], password: str, given: str = "") -> str:
    known = os.environ | {"STORE_PASSWORD": password}  # never among the words, which everybody on a machine can read
    run = subprocess.run(command, input=given, capture_output=True, text=True, env=known, check=False)
    if run.returncode:
        raise ClusterError(f"{command[0]} failed: {(run.stdout + run.stderr).strip()[-1000:]}")
    return run.stdout
