"""Make the synthetic sample city and its survey with faults: `python data/boundaries/build.py`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from data.boundaries.city.drawing import SEED, draw
from data.boundaries.city.records import make_records
from data.boundaries.city.services import SERVICES, centres, officers, service_regions
from data.boundaries.city.spoiling import deliver
from data.boundaries.city.survey import faults_table
from data.boundaries.city.write import manifest_of, write_json, write_set


def build(folder: Path) -> None:
    """Write both sets of files below a folder."""
    drawing = draw()
    layers, codes = make_records(drawing)
    layers.append(centres(drawing, codes, layers))
    tables = {"service_regions": service_regions(), "officers": officers(layers)}
    services = {code: {"name": zh, "name_en": en} for code, (zh, en) in SERVICES.items()}
    manifest = manifest_of(layers, tables, {"seed": SEED, "services": services})
    write_set(folder / "fenyang", layers, tables, manifest)
    surveyed, faults = deliver(drawing, codes, layers)
    table = faults_table(faults)
    write_json(folder / "survey" / "faults.json", {"faults": table})
    survey_manifest = manifest_of(
        surveyed, {}, {"seed": SEED, "faults": len(table), "context": "../fenyang"}
    )
    write_set(folder / "survey", surveyed, {}, survey_manifest)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent, help="folder to write to"
    )
    build(parser.parse_args().out)


if __name__ == "__main__":
    main()
