// The person's own words on their way: shown at once, sent one after another, sent again under the same id.
import { newId, post, Refused } from "./api.js";
import { element } from "./dom.js";

const NO_NETWORK = "网络不通，请稍后重发。";

/** Sends words in order. `answered(id, reply)` gets each reply, `failed(id)` each failure, `started(id)` each try. */
export class Outbox {
  constructor(thread, { started, answered, failed }) {
    Object.assign(this, { thread, started, answered, failed, line: Promise.resolve(), unclaimed: [], epoch: 0 });
  }

  /** Forget everything under way: the conversation is a new one. */
  forget() {
    this.epoch += 1;
    this.unclaimed = [];
    this.line = Promise.resolve();
  }

  /** Hold words back until `ready` resolves: without a session yet, two requests would begin two. */
  wait(ready) {
    this.line = this.line.then(() => ready);
  }

  /** Show `shown` as the person's words and send `{text}` or `{button}`; resolves when the gateway has answered. */
  send(shown, content) {
    const item = { id: newId(), content, node: this.thread.addOwn(shown), before: Infinity, epoch: this.epoch };
    this.unclaimed.push(item);
    return this.queue(item);
  }

  /** A record of own words came back: give it to the words waiting for it. False when none of ours fits. */
  claim(message) {
    const item = this.unclaimed.find((each) => message.seq < each.before);
    if (!item) return false;
    this.unclaimed = this.unclaimed.filter((each) => each !== item);
    this.thread.adopt(item.node, message);
    this.state(item, "");
    return true;
  }

  queue(item) {
    this.state(item, "发送中…");
    this.started(item.id);
    this.line = this.line.then(() => this.attempt(item));
    return this.line;
  }

  async attempt(item) {
    if (item.epoch !== this.epoch) return;
    try {
      const reply = await post({ id: item.id, ...item.content });
      if (item.epoch === this.epoch) this.accept(item, reply);
    } catch (error) {
      if (item.epoch === this.epoch) this.refuse(item, error);
    }
  }

  accept(item, reply) {
    const messages = Array.isArray(reply.messages) ? reply.messages : [];
    const answers = messages.filter((message) => message.from !== "citizen").map((message) => message.seq);
    this.state(item, "");
    this.answered(item.id, { state: reply.state, messages });
    // Own words carry a smaller number than their answer; later ones belong to another tab.
    if (answers.length) item.before = Math.min(...answers);
  }

  refuse(item, error) {
    const why = error instanceof Refused ? error.message : NO_NETWORK;
    this.failed(item.id);
    this.state(item, `没有发出去${why ? `：${why}` : ""}`, () => this.queue(item));
  }

  /** Write the state under the words; with `again`, a button that sends them again. */
  state(item, text, again = null) {
    const held = item.node.querySelector(".state");
    const focused = held?.contains(document.activeElement);
    held?.remove();
    if (focused) document.getElementById("input").focus();
    item.node.classList.toggle("unsent", Boolean(again));
    if (!text) return;
    const line = element("p", { class: "state" }, element("span", {}, text));
    if (again) line.append(element("button", { type: "button", on: { click: again } }, "重发"));
    item.node.append(line);
  }
}
