"""What the built wheel holds: the package `searchidx` and its metadata, nothing else, and it is typed."""

import sys
import zipfile

names = zipfile.ZipFile(sys.argv[1]).namelist()
strange = [name for name in names if not name.startswith(("searchidx/", "searchidx-"))]
if strange:
    sys.exit(f"the wheel holds what is not searchidx: {strange}")
if "searchidx/py.typed" not in names:
    sys.exit("the wheel is not typed: searchidx/py.typed is missing")
print(f"{len(names)} files, all of searchidx, typed")
