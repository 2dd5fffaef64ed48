// Conveniences: keyboard shortcuts, dragging over the timeline, suggestions, copying. Every page works without scripts.
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
  const stored = () => {
    try { return localStorage.getItem(KEYS); } catch { return null; }
  };
  const isOn = () => stored() !== "off";

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
    if (next < links.length) links[next].focus();
    return true;
  };

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
    j: () => move(1),
    k: () => move(-1),
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
      try { localStorage.setItem(KEYS, choice.checked ? "on" : "off"); } catch { choice.checked = true; }
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
