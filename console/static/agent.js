// The keys of the agent's desk: words are looked up as they come, cards are marked, the next caller is one key away.

const box = document.getElementById("words");
const ask = document.getElementById("ask");
const call = document.getElementById("call");
const filing = document.getElementById("filing");

const heard = () => ask.dispatchEvent(new CustomEvent("heard"));
const open = () => document.getElementById("filing-form");

// Words that are on the screen already are not asked for again: a new answer would take the marks away.
let asked = null;
ask.addEventListener("htmx:confirm", (event) => {
  if (event.target !== ask) return;
  if (box.value === asked) event.preventDefault(); else asked = box.value;
});
for (const failed of ["htmx:sendError", "htmx:responseError"]) ask.addEventListener(failed, () => { asked = null; });

function askAnew() {
  asked = null;
  ask.requestSubmit();
}

box.addEventListener("input", (event) => { if (!event.isComposing) heard(); });
box.addEventListener("compositionend", heard);
box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask.requestSubmit();
  box.blur(); // so that 1, 2 and 3 mark cards
});

const file = () => document.getElementById("open-form").click();

// The caller's number is in the vault now, and leaves the screen.
document.body.addEventListener("sealed", (event) => {
  call.value = event.detail.call;
  box.value = event.detail.words;
});

function drop() {
  filing.replaceChildren();
  box.focus();
}

function next() {
  if (open() && !window.confirm("这张工单还没有登记。不登记了，接下一位？")) return;
  filing.replaceChildren();
  box.value = call.value = "";
  askAnew();
  box.focus();
}

/** 1, 2 or 3 of either row of keys; Shift changes the character but not the key. */
const digit = (event) => /^(?:Digit|Numpad)([123])$/.exec(event.code)?.[1];

let waiting = null; // a mark that was pressed before its cards were there
function mark(number, verdict) {
  if (ask.classList.contains("htmx-request")) waiting = [number, verdict];
  else document.querySelector(`[data-card="${number}"] [data-${verdict}]`)?.click();
}
document.getElementById("found").addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "found" || waiting === null) return;
  const [number, verdict] = waiting;
  waiting = null;
  setTimeout(() => mark(number, verdict)); // when the request is over
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "F2") { event.preventDefault(); file(); return; }
  if (event.key === "Escape") { event.preventDefault(); next(); return; }
  if (event.key === "Enter" && event.ctrlKey && open()) { event.preventDefault(); open().requestSubmit(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const number = digit(event);
  if (number) mark(number, event.shiftKey ? "wrong" : "used");
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-files]")) file();
  if (event.target.closest("[data-drops]")) drop();
  if (event.target.closest("[data-next]")) next();
  if (event.target.closest("[data-anywhere]")) {
    document.querySelectorAll('input[name="place"]').forEach((kept) => kept.remove());
    askAnew();
  }
});

filing.addEventListener("htmx:afterSettle", () => filing.scrollIntoView({ block: "nearest" }));
