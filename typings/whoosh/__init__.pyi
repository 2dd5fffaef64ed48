"""Types for the part of Whoosh 2.7 that searchidx uses; Whoosh itself has none."""
