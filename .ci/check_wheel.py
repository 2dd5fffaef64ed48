"""Check that the wheel contains the typed package, its data files and its man page, and nothing else."""

import sys
import zipfile

names = zipfile.ZipFile(sys.argv[1]).namelist()
unexpected = [name for name in names if not name.startswith(("searchidx/", "searchidx-"))]
if unexpected:
    sys.exit(f"unexpected files in the wheel: {unexpected}")
if "searchidx/py.typed" not in names:
    sys.exit("searchidx/py.typed is missing from the wheel")
if "searchidx/web/openapi.json" not in names:
    sys.exit("searchidx/web/openapi.json is missing from the wheel")
if not {"searchidx/web/templates/base.html", "searchidx/web/static/page.css"} <= set(names):
    sys.exit("searchidx/web/templates or searchidx/web/static is missing from the wheel")
if not any(name.endswith(".data/data/share/man/man1/searchidx.1") for name in names):
    sys.exit("the man page is missing from the wheel")
print(f"{len(names)} files in the wheel, as expected")
