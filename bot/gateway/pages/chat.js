// The citizen's page: puts the conversation, the input, the stream and the settings together.
import { endSession, history, Refused } from "./api.js";
import { startComposer } from "./composer.js";
import { startDisplay } from "./display.js";
import { byId } from "./dom.js";
import { Live } from "./live.js";
import { Outbox } from "./outbox.js";
import { Stream } from "./stream.js";
import { Thread } from "./thread.js";
import { Waiting } from "./waiting.js";

const RETRY_MS = 3_000;
const DOUBLE_MS = 300;

const waiting = new Waiting();
const thread = new Thread(choose);
const live = new Live(choose);
const outbox = new Outbox(thread, {
  started: (id) => waiting.start(id),
  failed: (id) => waiting.stop(id),
  answered: (id, reply) => {
    if (reply.state !== "pending") waiting.stop(id);
    show(reply.messages);
  },
});
const stream = new Stream({ after: () => thread.last, arrived, live: (standing) => live.show(standing), network });
const display = startDisplay((text) => { byId("spoken").textContent = text; });

/** Draw what the gateway said; own words that are on the page already only take their record. */
function show(messages) {
  return thread.add(messages.filter((message) => !known(message)));
}

function known(message) {
  return message.from === "citizen" && !thread.seen.has(message.seq) && outbox.claim(message);
}

function arrived(message) {
  const fresh = show([message]);
  if (fresh.some(({ from }) => from !== "citizen")) waiting.stopAll();
}

let pressed = -DOUBLE_MS;

/** Send a pressed choice. The second tap of a double one may hit whatever has moved under the finger. */
async function choose(button, node, when) {
  if (when - pressed < DOUBLE_MS) return;
  pressed = when;
  if (node.getAttribute("aria-disabled") === "true") return; // The first press is still under way.
  node.setAttribute("aria-disabled", "true");
  await outbox.send(button.title, { button: button.token });
  node.removeAttribute("aria-disabled");
}

function network(isUp) {
  byId("network").textContent = isUp ? "" : "网络断了，恢复后自动重连。";
}

/** Load the conversation, then listen; until that works, try again. */
async function open() {
  for (;;) {
    try {
      begin(await history());
      stream.open();
      return;
    } catch (error) {
      console.error(error);
      const reason = error instanceof Refused && error.message;
      byId("network").textContent = reason || "暂时连不上，正在重试。着急的话请拨打 12333。";
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }
}

function begin({ messages = [], elder = false, demo = false, ready = true, live: standing = null }) {
  network(true);
  display.suggest(elder);
  byId("demo").hidden = byId("demo-mark").hidden = !demo;
  thread.open(messages);
  live.show(standing);
  starting(ready);
}

/** While the assistant starts, say so, and look again until it is there. */
function starting(ready) {
  byId("starting").textContent = ready ? "" : "助手正在准备。现在可以先查经办点、看材料；其他问题请稍等一会儿。";
  if (ready) return;
  setTimeout(async () => {
    const answer = await history().catch(() => ({ ready: false, messages: [] }));
    show(answer.messages ?? []);
    starting(answer.ready !== false);
  }, RETRY_MS);
}

async function wipe() {
  byId("confirm-problem").textContent = "";
  try {
    await endSession();
  } catch (error) {
    console.error(error);
    byId("confirm-problem").textContent = "没有清除成功，请再试一次。";
    return;
  }
  stream.stop();
  outbox.forget();
  waiting.stopAll();
  thread.forget();
  closeDialog();
  byId("input").focus();
  outbox.wait(open());
}

function openDialog() {
  const dialog = byId("confirm");
  byId("confirm-problem").textContent = "";
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", "");
  byId("keep").focus();
}

function closeDialog() {
  const dialog = byId("confirm");
  if (dialog.close) dialog.close();
  else dialog.removeAttribute("open");
}

startComposer((text) => outbox.send(text, { text }));
byId("human").addEventListener("click", () => outbox.send("转人工", { text: "转人工" }));
byId("clear").addEventListener("click", openDialog);
byId("keep").addEventListener("click", closeDialog);
byId("wipe").addEventListener("click", wipe);
byId("human").hidden = false;
byId("clear").hidden = false;
outbox.wait(open());
