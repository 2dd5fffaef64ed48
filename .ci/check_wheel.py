"""What the built wheel holds: the package `searchidx`, its man page and its metadata, nothing else, and it is typed."""

import sys
import zipfile

names = zipfile.ZipFile(sys.argv[1]).namelist()
strange = [name for name in names if not name.startswith(("searchidx/", "searchidx-"))]
if strange:
    sys.exit(f"the wheel holds what is not searchidx: {strange}")
if "searchidx/py.typed" not in names:
    sys.exit("the wheel is not typed: searchidx/py.typed is missing")
if "searchidx/web/openapi.json" not in names:
    sys.exit("the wheel cannot describe its API: searchidx/web/openapi.json is missing")
if not {"searchidx/web/templates/base.html", "searchidx/web/static/page.css"} <= set(names):
    sys.exit("the wheel cannot show its pages: searchidx/web/templates or searchidx/web/static is missing")
if not any(name.endswith(".data/data/share/man/man1/searchidx.1") for name in names):
    sys.exit("the wheel has no man page")
print(f"{len(names)} files, all of searchidx, typed")
