"""Certificates, users and settings of a secure cluster.

The user `admin` has all permissions. The user `searchidx` has those that searchidx needs, which the tests verify.
Java's keytool makes the certificates, since every machine with a node has it. The plugin's own tool hashes the
password.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from . import NodeError

CA_CERTIFICATE, PASSWORD = "authority.pem", "password"
ADMIN, USER = "admin", "searchidx"
NODE = "CN=testcluster node"
STORE = "node.p12"  # the nodes' key and certificate, and the CA certificate

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
                "indices:admin/flush*",
                "indices:admin/forcemerge",
                "indices:admin/get",
                "indices:admin/refresh*",
                "indices:admin/settings/update",
            ],
        }
    ],
}
"""The permissions of a user for the archives `news` and `news-*`."""


def create(folder: Path, home: Path, java_home: Path) -> dict[str, Any]:
    """Create certificates, users and a password in a folder; the settings of the nodes."""
    folder.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    with os.fdopen(os.open(folder / PASSWORD, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    _create_certificates(folder, password, java_home)
    config = folder / "opensearch-security"
    shutil.copytree(home / "plugins" / "opensearch-security" / "config", config)
    hashed: dict[str, Any] = {"hash": _hash(password, home, java_home)}
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
    """Copy what a node needs to its configuration."""
    shutil.copy(folder / STORE, config)
    shutil.copytree(folder / "opensearch-security", config / "opensearch-security")


def _create_certificates(folder: Path, password: str, java_home: Path) -> None:
    keys = ("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "365")

    def keytool(*args: str, store: str, stdin: str = "") -> str:
        options = ["-keystore", str(folder / store), "-storetype", "PKCS12", "-storepass:env", "STORE_PASSWORD"]
        return _run([java_home / "bin" / "keytool", *args, *options], password, stdin)

    keytool(*keys, "-alias", "authority", "-dname", "CN=testcluster authority", "-ext", "bc:c", store="authority.p12")
    authority = keytool("-exportcert", "-rfc", "-alias", "authority", store="authority.p12")
    (folder / CA_CERTIFICATE).write_text(authority)
    keytool(*keys, "-alias", "node", "-dname", NODE, store=STORE)
    request = keytool("-certreq", "-alias", "node", store=STORE)
    names = ("-ext", "san=ip:127.0.0.1,dns:localhost", "-ext", "eku=serverAuth,clientAuth")
    signed = keytool("-gencert", "-rfc", "-alias", "authority", *names, store="authority.p12", stdin=request)
    keytool("-importcert", "-noprompt", "-alias", "authority", store=STORE, stdin=authority)
    keytool("-importcert", "-noprompt", "-alias", "node", store=STORE, stdin=signed + authority)


def _hash(password: str, home: Path, java_home: Path) -> str:
    classes = f"{home}/plugins/opensearch-security/*{os.pathsep}{home}/lib/*"
    hasher = ["org.opensearch.security.tools.Hasher", "-env", "STORE_PASSWORD"]
    return _run([java_home / "bin" / "java", "-cp", classes, *hasher], password).split()[-1]


def _run(command: list[Any], password: str, stdin: str = "") -> str:
    environment = os.environ | {"STORE_PASSWORD": password}  # every user can read the arguments of a process
    run = subprocess.run(command, input=stdin, capture_output=True, text=True, env=environment, check=False)
    if run.returncode:
        raise NodeError(f"{command[0]} failed: {(run.stdout + run.stderr).strip()[-1000:]}")
    return run.stdout
