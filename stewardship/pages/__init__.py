"""The stewards' pages, a folder a page with all that makes it: `view.py`, `<page>.html`, where needed `.css` and `.js`.

A page's files are named by their path from `stewardship/`: the template is `pages/queue/queue.html`, and
`{% static "pages/queue/queue.css" %}` is the stylesheet. Settings make both findable: `TEMPLATES["DIRS"]` holds the
folder `stewardship/`, and `PageFilesFinder` finds styles, scripts and pictures below `pages/`, nothing else there.

Every page extends `pages/base.html`. The content security policy allows neither inline styles nor inline scripts;
shared styles are in `pages/design.css`, shared behavior (keys, dialogs) in `pages/behavior.js`.
"""
