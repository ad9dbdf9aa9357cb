"""Check a Compose file against the Compose specification, and against what a deployment of ours must not do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from compose_spec import PyCompose


def faults(text: str) -> list[str]:
    """Return what is wrong with the Compose file `text`, nothing where it is sound."""
    content = yaml.safe_load(text)  # resolves the merge keys, which the specification's parser does not
    try:
        PyCompose.from_json(json.dumps(content))
    except ValueError as error:
        return [f"not a valid Compose file: {error}"]
    services: dict[str, Any] = content["services"]
    return [
        f"{name}: {fault}"
        for name, service in services.items()
        for fault in _service_faults(service) + _unknown_names(service, content)
    ]


def _service_faults(service: dict[str, Any]) -> list[str]:
    image = str(service.get("image", ""))
    found = {
        "no health check": "healthcheck" not in service,
        "no restart policy": "restart" not in service,
        "no memory limit": "memory" not in service.get("deploy", {}).get("resources", {}).get("limits", {}),
        "may gain privileges": "no-new-privileges:true" not in service.get("security_opt", []),
        "image without a fixed tag": bool(image) and (":" not in image or image.endswith(":latest")),
        "writable root file system": "build" in service and not service.get("read_only"),
        "a database port is published": "postgres" in image and "ports" in service,
        "a port is open to the outside": any(
            not str(port).startswith("127.") for port in service.get("ports", [])
        ),
    }
    return [fault for fault, wrong in found.items() if wrong]


def _unknown_names(service: dict[str, Any], content: dict[str, Any]) -> list[str]:
    """Return a fault for each network, secret or service that is used but not declared."""
    uses = {"networks": "networks", "secrets": "secrets", "depends_on": "services"}
    return [
        f"{kind} names {name}, which is not declared"
        for kind, declared in uses.items()
        for name in service.get(kind, [])
        if name not in content.get(declared, {})
    ]


def main() -> int:
    """Print the faults of the files named on the command line; return 1 if there are any."""
    found = [f"{name}: {fault}" for name in sys.argv[1:] for fault in faults(Path(name).read_text())]
    print("\n".join(found) or "Compose file: no faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
