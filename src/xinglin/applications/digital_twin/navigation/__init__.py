"""Indoor navigation: the quickest way through a building for somebody who walks, rolls, lies or works there.

Nothing heavy is loaded by importing this door.
"""

from .graph import Graph, Spot, Way, make_graph
from .profile import PROFILES, Profile, profile_of
from .routes import router
from .service import ENTRANCE, Found, Guide, find
from .tree import Tree, Trees, grow
from .wording import Step, label, steps_of

__all__ = [
    "ENTRANCE",
    "PROFILES",
    "Found",
    "Graph",
    "Guide",
    "Profile",
    "Spot",
    "Step",
    "Tree",
    "Trees",
    "Way",
    "find",
    "grow",
    "label",
    "make_graph",
    "profile_of",
    "router",
    "steps_of",
]
