// The input: grows with its text, sends on Enter, counts, and says why something is not sent.
import { byId } from "./dom.js";

const LONGEST = 2000;
const COUNT_FROM = 1800;

/** Listen to the form; `send(text)` gets the words, trimmed and at most 2000 characters long. */
export function startComposer(send) {
  const input = byId("input");
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit(input, send);
  });
  input.addEventListener("keydown", (event) => {
    // 229 is what a keyboard reports while an input method still holds the letters.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || composing) return;
    event.preventDefault();
    submit(input, send);
  });
  input.addEventListener("input", () => { grow(input); hint(counted(input.value)); });
  byId("form").hidden = false;
}

function submit(input, send) {
  const text = input.value.trim();
  input.focus();
  if (!text) return hint("请先输入您的问题，再点发送。", true);
  if (length(text) > LONGEST) return hint(`一次最多 ${LONGEST} 字，现在 ${length(text)} 字，请分几次发。`, true);
  input.value = "";
  grow(input);
  hint("");
  return send(text);
}

const length = (text) => Array.from(text).length;

function counted(text) {
  const count = length(text);
  if (count > LONGEST) return `一次最多 ${LONGEST} 字，现在 ${count} 字，请分几次发。`;
  return count >= COUNT_FROM ? `已输入 ${count}/${LONGEST} 字` : "";
}

function hint(text, wrong = false) {
  byId("hint").textContent = text;
  byId("hint").classList.toggle("wrong", wrong);
}

function grow(input) {
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + input.offsetHeight - input.clientHeight}px`;
}
