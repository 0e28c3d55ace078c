// What every page of the console shares: keys in lists, dialogs, and the line for notices.

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

/** Rows that the arrow keys (or j and k) walk through and Enter opens: a table or list with data-walk. */
const rows = () => [...document.querySelectorAll("[data-walk] [data-href]")];

function walk(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  all.forEach((row) => row.setAttribute("aria-selected", String(row === next)));
  (next.querySelector("a") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}

const chosen = () => rows().find((row) => row.getAttribute("aria-selected") === "true");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "j" || event.key === "ArrowDown") { if (rows().length) { event.preventDefault(); walk(1); } }
  else if (event.key === "k" || event.key === "ArrowUp") { if (rows().length) { event.preventDefault(); walk(-1); } }
  else if (event.key === "x") { const box = chosen()?.querySelector("input[type=checkbox]"); if (box) box.click(); }
  else {
    // A page gives a key to anything with data-key: it is pressed, or a field is entered.
    const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!wanted) return;
    event.preventDefault();
    if (wanted.matches("input, textarea, select")) wanted.focus(); else wanted.click();
  }
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest("[data-closes]")) event.target.closest("dialog")?.close();
  const all = event.target.closest("[data-all]");
  if (all) document.querySelectorAll(`input[name="${CSS.escape(all.dataset.all)}"]`).forEach((box) => { box.checked = all.checked; });
});

// Found cards replace those before them, but never a choice: what a person chose while the answer was under way stays.
document.body.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  const choice = target.matches("[data-keeps-choice]") && target.querySelector("input:checked");
  if (!choice) return;
  const row = choice.closest("li");
  const list = row.parentElement.cloneNode(false);
  const focused = document.activeElement === choice;
  target.addEventListener("htmx:afterSwap", () => {
    target.querySelector(`input[value="${CSS.escape(choice.value)}"]`)?.closest("li").remove();
    if (!target.querySelector("ul")) target.append(list);
    target.querySelector("ul").prepend(row);
    choice.checked = true;
    if (focused) choice.focus();
  }, { once: true });
});

// What a page asks by itself says nothing when it works, and takes no notice away: polls (data-polls), and what is
// asked while it loads, which no event of a person triggers.
const polls = (event) => event.detail.elt.closest("[data-polls]") !== null;
const unasked = (event) => polls(event) || !event.detail.requestConfig?.triggeringEvent;
const LOST = "连不上服务器，操作没有完成。请检查网络后再试。";
const LOST_BY_ITSELF = "连不上服务器，正在再试。现在看到的可能不是最新的。";

function offline(words) {
  const line = document.createElement("p");
  line.className = "notice bad";
  line.setAttribute("role", "alert");
  line.dataset.offline = "";
  line.textContent = words;
  document.getElementById("notice").replaceChildren(line);
}

document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (!unasked(event)) document.getElementById("notice").replaceChildren();
});
document.body.addEventListener("htmx:sendError", (event) => offline(polls(event) ? LOST_BY_ITSELF : LOST));
document.body.addEventListener("htmx:afterOnLoad", () => { document.querySelector("#notice [data-offline]")?.remove(); });
