// What forms do better where scripts may run: save as you go, count down to a limit, show what needs mending.
// Every page works without this file.
"use strict";

const PAUSE = 800; // ms of quiet before saving or announcing
const RETRY = 5000; // ms until an attempt that failed is repeated

function afterQuiet(act, pause) {
  let waiting;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(act, pause);
  };
}

// <form data-autosave="address">: posts the whole form there after each change, one request at a time.
function saveAsYouGo(form) {
  const status = form.querySelector("[data-save-status]");
  const say = (text) => { if (status) status.textContent = text; };
  let changed = false;
  let saving = false;

  async function save() {
    if (saving) return;
    saving = true;
    changed = false;
    let saved = false;
    let refused = false;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string")),
        redirect: "error",
        credentials: "same-origin",
        keepalive: true,
      });
      saved = answer.ok;
      refused = answer.status >= 400 && answer.status < 500;
    } catch {
      saved = false;
    }
    saving = false;
    if (saved && changed) return save();
    if (saved) return say("Saved.");
    if (refused) return say("Not saved: this page is out of date. Please load it again.");
    changed = true;
    say("Not saved yet. We will try again; please keep this page open.");
    setTimeout(() => { if (changed) save(); }, RETRY);
  }

  const saveSoon = afterQuiet(save, PAUSE);
  const note = () => { changed = true; say("Saving …"); saveSoon(); };
  form.addEventListener("change", note);
  form.addEventListener("input", (event) => { if (event.target.matches("textarea")) note(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && changed) save(); });
}

// <textarea data-limit="2000">: says how many characters are left, once writing pauses.
function countDown(area) {
  const left = document.getElementById(`${area.id}-left`);
  const tell = afterQuiet(() => {
    const remaining = Number(area.dataset.limit) - area.value.length;
    const count = Math.abs(remaining).toLocaleString("en") + (Math.abs(remaining) === 1 ? " character" : " characters");
    left.textContent = remaining < 0 ? `${count} too many.` : `${count} left.`;
  }, PAUSE);
  area.addEventListener("input", tell);
}

// <section id="…" data-refresh="15">: brought up to date every so many seconds while somebody looks at it and is not in it.
function keepFresh(section) {
  async function refresh() {
    if (document.hidden || section.contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(section.id);
      if (!fresh || fresh.innerHTML === shown) return;
      shown = fresh.innerHTML;
      section.innerHTML = shown;
      const status = section.querySelector("[data-refresh-status]");
      if (status) status.textContent = "Brought up to date.";
    } catch {
      // It is tried again the next time.
    }
  }

  let shown = section.innerHTML;
  setInterval(refresh, Number(section.dataset.refresh) * 1000);
  document.addEventListener("visibilitychange", refresh);
}

document.querySelectorAll("form[data-autosave]").forEach(saveAsYouGo);
document.querySelectorAll("textarea[data-limit]").forEach(countDown);
document.querySelectorAll("section[data-refresh]").forEach(keepFresh);
document.getElementById("error-summary")?.focus();
