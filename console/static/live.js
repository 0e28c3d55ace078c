// The live page: the newest words stay in view, what was sent leaves the box, and the title counts who waits.

const log = document.getElementById("log");
const composer = document.getElementById("composer");
const text = document.getElementById("text");
const filing = document.getElementById("filing");
const title = document.title;

const toEnd = () => { if (log) log.scrollTop = log.scrollHeight; };
let atEnd = true;
log?.addEventListener("scroll", () => { atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60; });
document.body.addEventListener("htmx:afterSettle", () => { if (atEnd) toEnd(); count(); });

text?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (text.value.trim()) composer.requestSubmit();
});
let sent = "";
composer?.addEventListener("htmx:beforeRequest", (event) => { if (event.target === composer) sent = text.value; });
composer?.addEventListener("htmx:afterRequest", (event) => {
  // Only what was sent goes; what was typed meanwhile stays.
  if (event.target !== composer || !event.detail.successful) return;
  text.value = text.value.startsWith(sent) ? text.value.slice(sent.length) : text.value;
  atEnd = true;
});

function count() {
  const line = document.getElementById("line");
  const waits = Number(line.dataset.waiting) + Number(line.dataset.unanswered);
  document.title = waits ? `（${waits}）${title}` : title;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "F2") { event.preventDefault(); document.getElementById("open-form")?.click(); }
  const form = document.getElementById("filing-form");
  if (event.key === "Enter" && event.ctrlKey && form) { event.preventDefault(); form.requestSubmit(); }
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-drops]")) filing.replaceChildren();
});

toEnd();
count();
