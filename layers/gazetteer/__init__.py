"""
From words to places: names, addresses, pinyin, crossings, places said by others, coordinates.

    found = finder.find("太和桥小区三号楼二单元")

`Finder` is made once per edition of the city's places and answers from memory.
"""

from layers.gazetteer.coordinates import Pasted, read_coordinates
from layers.gazetteer.entries import Entry, NameKind
from layers.gazetteer.finder import Candidate, Finder, Found
from layers.gazetteer.index import Why
from layers.gazetteer.loading import FinderStore, load_finder

__all__ = [
    "Candidate",
    "Entry",
    "Finder",
    "FinderStore",
    "Found",
    "NameKind",
    "Pasted",
    "Why",
    "load_finder",
    "read_coordinates",
]
