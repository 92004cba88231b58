"""Reads the YAML files that it is given and checks each document against its schema: Compose's for what has services, else Kubernetes'.

Prints, as JSON, for each file its documents and what is wrong with them.
"""

import json
import sys
from pathlib import Path

import compose_spec
import kubernetes_validate
import yaml

KUBERNETES = "1.37"


def problem_of(document):
    """What the schema says against it, in one line, or None."""
    try:
        if "services" in document:
            compose_spec.PyCompose.from_json(json.dumps(document))  # its own YAML reader knows no merge keys
        else:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(str(part) for part in error.absolute_path)}: {error.message}"
    except (ValueError, kubernetes_validate.SchemaNotFoundError) as error:
        return str(error)
    return None


def read(path):
    documents = list(yaml.safe_load_all(Path(path).read_text(encoding="utf-8")))
    problems = [problem for document in documents if (problem := problem_of(document)) is not None]
    return {"documents": documents, "problems": problems}


print(json.dumps({path: read(path) for path in sys.argv[1:]}))
