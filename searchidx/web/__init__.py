"""The archive over HTTP: pages for people, feeds for their readers, an API for programs.

`app` puts together what each module brings: a list of routes. A route's handler is a plain function of a request and
an archive (`answering`): it runs in a thread, on the snapshot that was the last when the request came, and what it
raises becomes a problem (`problems`). What may be asked for, by whom and how much of it is decided before (`guarding`,
`work`), so no handler has to know.
"""
