// The chat page of the simulator: asks for everything once a second and draws what has changed.
import { drawLog } from "./log.js";
import { drawMenu } from "./menu.js";

const EVERY_MS = 1000;
const $ = (selector) => document.querySelector(selector);
let openid = new URLSearchParams(location.search).get("openid") ?? "";
let drawn = {};
let typing = false;

async function call(path, body) {
  const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

async function refresh() {
  try {
    draw(await call(`chat?openid=${encodeURIComponent(openid)}`));
  } catch {
    tell("模拟器没有应答，是不是停了？", false);
  }
}

/** Do one thing ({kind, ...}) in the name of the person who is chatting. */
async function act(wish) {
  try {
    await call("chat/do", { openid, ...wish });
    await refresh();
  } catch (error) {
    tell(error.message, false);
  }
}

async function choose(choice) {
  await call("chat/choose", choice);
  await refresh();
}

function draw(state) {
  openid ||= state.people[0].openid;
  tell(state.verified ? `回调地址 ${state.webhook} 验证通过` : `回调地址 ${state.webhook} 还没有应答`, state.verified);
  changed("people", [state.people, openid], () => $("#people").replaceChildren(...state.people.map(personButton)));
  changed("follows", [state.follows], () => drawFollows(state.follows));
  changed("menu", [state.menu, typing], () => drawFooter(state.menu));
  changed("entries", [openid, state.entries], () => drawLog($("#log"), state.entries, act));
  changed("server", [state.mode, state.slow, state.start], () => drawServer(state));
}

function changed(part, value, redraw) {
  const now = JSON.stringify(value);
  if (drawn[part] === now) return;
  drawn[part] = now;
  redraw();
}

function drawFollows(follows) {
  $("#follows").textContent = follows ? "已关注" : "没有关注，关注后才能发消息";
  $("#text").disabled = !follows;
  $("#composer button").disabled = !follows;
}

function drawFooter(menu) {
  const shown = Boolean(menu) && !typing;
  $("#swap").hidden = !menu;
  $("#swap").textContent = typing ? "☰" : "⌨";
  $("#menu").hidden = !shown;
  $("#composer").hidden = shown;
  drawMenu($("#menu"), menu?.button ?? [], (entry) => act({ kind: "menu", entry }));
}

function drawServer({ mode, slow, start }) {
  $(`#mode [value="${mode}"]`).checked = true;
  $("#slow").checked = slow;
  $("#start").textContent = start;
}

function personButton(person) {
  const button = document.createElement("button");
  button.textContent = person.name;
  button.setAttribute("aria-pressed", String(person.openid === openid));
  button.addEventListener("click", () => {
    openid = person.openid;
    refresh();
  });
  return button;
}

function tell(text, ready) {
  if ($("#webhook").textContent !== text) $("#webhook").textContent = text;
  $("#webhook").classList.toggle("ready", ready);
}

const WISHES = {
  voice: ({ how, recognition }) => ({ recognition: { text: recognition, empty: "", none: null }[how] }),
  // Who does not follow and scans a code follows by it.
  scan: (fields) => ({ ...fields, kind: $("#text").disabled ? "subscribe" : "scan" }),
};

$("#composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const content = $("#text").value.trim();
  $("#text").value = "";
  if (content) act({ kind: "text", content });
});
$("#swap").addEventListener("click", () => {
  typing = !typing;
  refresh();
});
for (const button of document.querySelectorAll("[data-kind]")) {
  button.addEventListener("click", () => act({ kind: button.dataset.kind }));
}
for (const form of document.querySelectorAll("[data-form]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const kind = form.dataset.form;
    const fields = Object.fromEntries(new FormData(form));
    act({ kind, ...(WISHES[kind]?.(fields) ?? fields) });
  });
}
$("#mode").addEventListener("change", (event) => choose({ mode: event.target.value }));
$("#slow").addEventListener("change", (event) => choose({ slow: event.target.checked }));
refresh();
setInterval(refresh, EVERY_MS);
