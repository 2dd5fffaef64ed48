// Conveniences: keyboard shortcuts, marks, saved searches, dragging over the timeline, suggestions, copying. Every page
// works without scripts; only marks and saved searches live in the browser and need them.
"use strict";

(() => {
  const box = document.getElementById("q");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Names of languages in the reader's tongue; without scripts they are in English.
  try {
    const names = new Intl.DisplayNames(navigator.languages, { type: "language" });
    for (const name of all("[data-language]")) name.textContent = names.of(name.dataset.language);
  } catch { /* a browser without Intl.DisplayNames, or a tag that it rejects: English stays */ }

  // Keyboard shortcuts. The help page turns them off, for people whose tools (speech input, switches) send single keys.
  const KEYS = "searchidx-keys";
  const load = (key) => {
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const store = (key, value) => {
    try { localStorage.setItem(key, value); return true; } catch { return false; }
  };
  const isOn = () => load(KEYS) !== "off";

  const targets = () => all(".hits .headline, .kwic .match a, .short .headline");
  const move = (step) => {
    const links = targets();
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : -1) : at + step;
    if (next < 0) {
      if (at === 0) box.focus();
      return at >= 0;
    }
    if (next < links.length) {
      links[next].focus();
      return true;
    }
    return follow("next");
  };
  // The next or previous page of results, or article of the answer.
  const follow = (rel) => {
    const link = document.querySelector(`a[rel=${rel}]`);
    if (link) link.click();
    return Boolean(link);
  };
  const isArticle = Boolean(document.querySelector(".article"));

  let match = Number((/^#m(\d+)$/.exec(location.hash) || [])[1]) || 0;
  addEventListener("hashchange", () => { match = Number((/^#m(\d+)$/.exec(location.hash) || [])[1]) || 0; });
  const toMatch = (step) => {
    const marks = all(".body mark");
    if (!marks.length) return false;
    const here = document.querySelector(".body mark.is-here");
    if (here) here.classList.remove("is-here");
    match = (match + step - 1 + marks.length) % marks.length + 1;
    const mark = marks[match - 1];
    mark.classList.add("is-here");
    mark.scrollIntoView({ block: "center" });
    return true;
  };

  const isTyping = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  const actions = {
    j: () => isArticle ? follow("next") : move(1),
    k: () => isArticle ? follow("prev") : move(-1),
    x: () => toggleHere(RELEVANT),
    i: () => toggleHere(IRRELEVANT),
    n: () => toMatch(1),
    p: () => toMatch(match ? -1 : 0),
    "/": () => { box.focus(); box.select(); return true; },
    "?": () => { location.href = document.querySelector(".to-help").href; return true; },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    if (event.key === "Escape" && target === box) box.blur();
    if (isTyping(target) || !isOn()) return;
    const action = actions[event.key];
    if (action && action()) event.preventDefault();
  });

  // "Back to results" leads to the article that one comes from.
  const returned = /^#hit-\d+$/.test(location.hash) && document.querySelector(`${location.hash} .headline`);
  if (returned) {
    // After the browser has scrolled to the place, which takes the focus away.
    addEventListener("load", () => requestAnimationFrame(() => setTimeout(() => returned.focus({ preventScroll: true }))));
  }

  // The list beside an article stays where it was scrolled to, as far as the article's place is in view.
  const beside = document.querySelector(".beside");
  if (beside) {
    const here = beside.querySelector("[aria-current]");
    const SCROLLED = "searchidx-beside";
    try {
      beside.scrollTop = Number(sessionStorage.getItem(SCROLLED)) || 0;
      addEventListener("pagehide", () => sessionStorage.setItem(SCROLLED, String(beside.scrollTop)));
    } catch { /* a browser that keeps nothing */ }
    const top = here.offsetTop - beside.scrollTop;
    if (top < 0 || top + here.offsetHeight > beside.clientHeight - 64) {
      beside.scrollTop = here.offsetTop - beside.clientHeight / 3;
    }
  }

  // A page that takes its time says so.
  const setLoading = (isLoading) => document.body.classList.toggle("is-loading", isLoading);
  addEventListener("submit", () => setLoading(true));
  addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const isPlain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.defaultPrevented;
    if (link && isPlain && !link.hash && link.origin === location.origin && !link.hasAttribute("download")) {
      setLoading(true);
    }
  });
  addEventListener("pageshow", () => setLoading(false));

  // Marks: x and i, kept in this browser by the archive's address. The mark of an article has the clause that finds it.
  const RELEVANT = 1;
  const IRRELEVANT = -1;
  const PLACE = document.querySelector(".brand").pathname;
  const MARKS = `searchidx-marks ${PLACE}`;
  const HIDE = `searchidx-hide ${PLACE}`;
  const read = (key, empty) => {
    try { return JSON.parse(load(key)) || empty; } catch { return empty; }
  };
  const marks = read(MARKS, {});
  const rows = all("[data-clause]");
  const buttoned = all(".article[data-clause], .hits [data-clause]");

  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const makeButton = (text, onclick, label) => {
    const button = make("button", { type: "button", textContent: text, onclick });
    if (label) {
      button.title = label;
      button.setAttribute("aria-label", label);
    }
    return button;
  };

  const toggle = (row, kind) => {
    const id = row.dataset.id;
    if ((marks[id] || [])[0] === kind) delete marks[id];
    else marks[id] = [kind, row.dataset.clause];
    store(MARKS, JSON.stringify(marks));
    showMarks();
    return true;
  };
  const toggleHere = (kind) => {
    const row = document.activeElement.closest("[data-clause]") || document.querySelector(".article[data-clause]");
    return Boolean(row) && toggle(row, kind);
  };

  for (const row of buttoned) {
    const buttons = [[RELEVANT, "✓", "Mark as relevant"], [IRRELEVANT, "✕", "Mark as not relevant"]].map(
      ([kind, text, label]) => {
        const button = makeButton(text, () => toggle(row, kind), label);
        button.dataset.kind = kind;
        return button;
      },
    );
    const group = make("p", { className: "mark-buttons", lang: "en", dir: "ltr" }, ...buttons);
    (row.querySelector("article") || row.querySelector(".about") || row).prepend(group);
  }

  const bar = make("section", { className: "marks", hidden: true });
  bar.setAttribute("aria-label", "Marked articles");
  const said = make("strong");
  said.setAttribute("role", "status");
  const exports = make("div");
  const exportMenu = make("details", { className: "menu" }, make("summary", { textContent: "Export" }), exports);
  const show = make("a", { textContent: "Show" });
  const labelForm = make("form");
  const labelName = make("input", { name: "label", required: true, autocomplete: "off", placeholder: "Label" });
  labelName.setAttribute("aria-label", "Label for the marked articles");
  labelName.setAttribute("list", "label-names");
  labelForm.append(labelName, make("button", { textContent: "Label" }));
  const labelMenu = make(
    "details", { className: "menu labelling" }, make("summary", { textContent: "Label" }), make("div", {}, labelForm),
  );
  const clear = makeButton("Clear", () => {
    for (const id of Object.keys(marks)) delete marks[id];
    store(MARKS, "{}");
    showMarks();
  });
  const hide = makeButton("Hide irrelevant", () => {
    store(HIDE, load(HIDE) === "on" ? "off" : "on");
    showMarks();
  });
  bar.append(said, show, exportMenu, labelMenu, clear, hide);
  document.querySelector("main").append(bar);

  // The reason in a problem document, without the name that it begins with, as a sentence.
  const reason = (problem) => {
    const text = (problem.detail || "the server does not answer").replace(/^(label|alert) '.*?': /, "");
    return `${text[0].toUpperCase()}${text.slice(1)}.`;
  };

  const MAX_ADDRESS = 40_000; // the server takes 50,000 bytes
  function showMarks() {
    const chosen = Object.entries(marks).filter(([, [kind]]) => kind === RELEVANT);
    const query = chosen.map(([, [, clause]]) => clause).join(" OR ");
    const isShort = encodeURIComponent(query).length < MAX_ADDRESS;
    for (const row of rows) {
      const kind = (marks[row.dataset.id] || [])[0];
      row.classList.toggle("is-relevant", kind === RELEVANT);
      row.classList.toggle("is-irrelevant", kind === IRRELEVANT);
      for (const button of all(".mark-buttons button", row)) {
        button.setAttribute("aria-pressed", String(Number(button.dataset.kind) === kind));
      }
    }
    document.body.classList.toggle("hides-irrelevant", load(HIDE) === "on" && !isArticle);
    hide.setAttribute("aria-pressed", String(load(HIDE) === "on"));
    hide.hidden = isArticle;
    const others = Object.keys(marks).length - chosen.length;
    said.textContent = `${chosen.length.toLocaleString("en")} marked${others ? `, ${others} not relevant` : ""}`;
    show.href = `/?${new URLSearchParams({ q: query })}`;
    show.hidden = exportMenu.hidden = !chosen.length || !isShort;
    labelMenu.hidden = !chosen.length || document.body.dataset.canWrite === undefined;
    exports.replaceChildren(make("ul", {}, ...["CSV", "RIS", "BibTeX", "CSL-JSON", "Text", "JSON Lines"].map((name) => {
      const format = { Text: "txt", "JSON Lines": "jsonl" }[name] || name.toLowerCase();
      const asked = new URLSearchParams({ q: query, format, ...(format === "csv" ? { bom: "true" } : {}) });
      return make("li", {}, make("a", { href: `/api/v1/export?${asked}`, download: "", textContent: name }));
    })));
    bar.hidden = !Object.keys(marks).length;
    document.body.classList.toggle("has-marks", !bar.hidden);
  }
  labelForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    const ids = Object.keys(marks).filter((id) => marks[id][0] === RELEVANT);
    const name = labelName.value.trim();
    for (let at = 0; at < ids.length; at += 100) {
      const asked = new URLSearchParams([["name", name], ...ids.slice(at, at + 100).map((id) => ["id", id])]);
      const answer = await fetch(`/api/v1/label?${asked}`, { method: "POST" }).catch(() => null);
      if (!answer || !answer.ok) {
        const problem = answer ? await answer.json().catch(() => ({})) : {};
        said.textContent = reason(problem);
        setLoading(false);
        return;
      }
    }
    location.href = `/?${new URLSearchParams({ q: `label:${name}` })}`;
  });
  showMarks();
  addEventListener("storage", (event) => {
    if (event.key !== MARKS) return;
    for (const id of Object.keys(marks)) delete marks[id];
    Object.assign(marks, read(MARKS, {}));
    showMarks();
  });

  // Saved searches: a query, its number of articles, and when it was looked at.
  const SEARCHES = `searchidx-searches ${PLACE}`;
  const searches = read(SEARCHES, []);
  const saveSearches = () => store(SEARCHES, JSON.stringify(searches));
  const summary = document.querySelector(".summary[data-total]");
  if (summary) {
    const query = new URLSearchParams(location.search).get("q") || "";
    const total = Number(summary.dataset.total);
    const found = searches.find((each) => each.q === query);
    if (found) {
      Object.assign(found, { total, at: Date.now() });
      saveSearches();
    }
    for (const button of all("[data-save-search]")) {
      const name = (isSaved) => { button.textContent = isSaved ? "Forget this search" : "Remember this search"; };
      name(Boolean(found));
      button.hidden = false;
      button.addEventListener("click", () => {
        const at = searches.findIndex((each) => each.q === query);
        if (at < 0) searches.push({ q: query, total, at: Date.now() });
        else searches.splice(at, 1);
        saveSearches();
        name(at < 0);
      });
    }
  }

  // Recent searches, the last one first.
  const RECENT = `searchidx-recent ${PLACE}`;
  const MAX_RECENT = 6;
  const recent = read(RECENT, []);
  if (summary) {
    const query = new URLSearchParams(location.search).get("q") || "";
    store(RECENT, JSON.stringify([query, ...recent.filter((each) => each !== query)].slice(0, MAX_RECENT)));
  }
  const recents = document.getElementById("recent-searches");
  if (recents && recent.length) {
    const forget = recents.querySelector("button");
    for (const query of recent) {
      const link = make("a", { href: `/?${new URLSearchParams({ q: query })}` }, make("code", { textContent: query }));
      forget.before(link, " ");
    }
    forget.addEventListener("click", () => {
      store(RECENT, "[]");
      recents.hidden = true;
    });
    recents.hidden = false;
  }
  for (const form of all("[data-follow]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const asked = new URLSearchParams({ name: form.elements.alert.value.trim(), q: form.dataset.follow });
      const answer = await fetch(`/api/v1/follow?${asked}`, { method: "POST" }).catch(() => null);
      const problem = answer && !answer.ok ? await answer.json().catch(() => ({})) : {};
      setLoading(false);
      form.querySelector("[role=status]").textContent = answer && answer.ok
        ? "Saved. Builds report what is new." : reason(problem);
    });
  }
  const saved = document.getElementById("saved-searches");
  if (saved && searches.length) {
    saved.hidden = false;
    const list = saved.querySelector("ul");
    for (const each of searches) {
      const news = make("span", { className: "quiet" });
      const link = make("a", { href: `/?${new URLSearchParams({ q: each.q })}` }, make("code", { textContent: each.q }));
      list.append(make("li", {}, link, " ", news));
      fetch(`/api/v1/search?${new URLSearchParams({ q: each.q, limit: "0" })}`)
        .then((answer) => answer.ok ? answer.json() : null, () => null)
        .then((answer) => {
          if (!answer) return;
          const more = answer.total - each.total;
          const day = new Date(each.at).toLocaleDateString("en", { weekday: "long", day: "numeric", month: "long" });
          news.textContent = `${answer.total.toLocaleString("en")} articles, `
            + (more ? `${more > 0 ? "+" : "−"}${Math.abs(more).toLocaleString("en")} since ${day}` : `none new since ${day}`);
          news.classList.toggle("is-new", more > 0);
        });
    }
  }

  // Long lists of values: show those with the letters typed.
  for (const find of all("[data-find]")) {
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const items = all(".choose li").map((item) => [item, plain(item.textContent)]);
    find.form.addEventListener("submit", (event) => {
      if (find.dataset.complete === undefined) return;
      event.preventDefault(); // all values are here, and the chosen ones stay chosen
      setLoading(false);
    });
    find.addEventListener("input", () => {
      for (const [item, text] of items) item.hidden = !text.includes(plain(find.value));
    });
  }

  // Timeline: a drag across the bars selects the dates from the first bar to the last.
  const bars = document.querySelector("svg[data-brush]");
  if (bars && matchMedia("(pointer: fine)").matches) {
    const brush = bars.querySelector(".brush");
    const links = all("a", bars);
    const place = (event) => {
      const frame = bars.getBoundingClientRect();
      return Math.min(Math.max((event.clientX - frame.left) / frame.width, 0), 1) * 100;
    };
    const spans = links.map((link) => {
      const slot = link.querySelector(".slot");
      const left = parseFloat(slot.getAttribute("x"));
      return { link, left, right: left + parseFloat(slot.getAttribute("width")) };
    });
    let from = null;
    let isDragged = false;
    const within = (to) => {
      const [left, right] = from < to ? [from, to] : [to, from];
      return spans.filter((span) => span.right > left && span.left < right);
    };
    const clear = () => {
      from = null;
      brush.setAttribute("width", "0");
      links.forEach((link) => link.classList.remove("is-in"));
    };
    bars.addEventListener("mousedown", (event) => event.preventDefault());
    bars.addEventListener("dragstart", (event) => event.preventDefault());
    bars.addEventListener("pointerdown", (event) => {
      if (event.button || event.pointerType === "touch") return;
      from = place(event);
      isDragged = false;
    });
    addEventListener("pointermove", (event) => {
      if (from === null) return;
      const to = place(event);
      if (Math.abs(to - from) * bars.clientWidth / 100 > 4) isDragged = true;
      if (!isDragged) return;
      brush.setAttribute("x", `${Math.min(from, to)}%`);
      brush.setAttribute("width", `${Math.abs(to - from)}%`);
      const chosen = within(to);
      spans.forEach((span) => span.link.classList.toggle("is-in", chosen.includes(span)));
    });
    addEventListener("pointerup", (event) => {
      if (from === null) return;
      const chosen = isDragged ? within(place(event)) : [];
      clear();
      if (!chosen.length) return;
      const url = new URL(chosen[0].link.getAttribute("href"), location.href);
      url.searchParams.set("to", chosen[chosen.length - 1].link.dataset.to);
      location.href = url;
    });
    addEventListener("pointercancel", clear);
    bars.addEventListener("click", (event) => {
      if (isDragged) event.preventDefault();
    });
    all(".brush-help").forEach((help) => { help.hidden = false; });
  }

  // Suggestions while a person types: words, field values and headlines, with their counts.
  const list = document.createElement("datalist");
  list.id = "suggestions";
  box.after(list);
  let timer = 0;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const typed = box.value;
      if (!typed.trim()) return;
      const answer = await fetch(`/suggestions?${new URLSearchParams({ q: typed })}`).catch(() => null);
      if (!answer || !answer.ok || box.value !== typed) return;
      const [, queries, about] = await answer.json();
      list.replaceChildren(...queries.map((query, at) => {
        const option = document.createElement("option");
        option.value = query;
        option.label = about[at];
        return option;
      }));
      box.setAttribute("list", list.id);
    }, 120);
  });

  // Copy buttons of citations.
  if (navigator.clipboard) {
    all("[data-copy]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      });
    });
  }

  all(".keys").forEach((each) => { each.hidden = false; });
  const choice = document.getElementById("use-keys");
  if (choice) {
    choice.closest("label").hidden = false;
    choice.checked = isOn();
    choice.addEventListener("change", () => {
      if (!store(KEYS, choice.checked ? "on" : "off")) choice.checked = true;
    });
  }

  // Menus close on a click outside, and on Escape.
  const menus = all("details.menu");
  addEventListener("click", (event) => menus.forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus.filter((menu) => menu.open).forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
})();
