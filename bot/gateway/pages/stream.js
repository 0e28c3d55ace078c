// Keeps the event stream open, and says when it has been away for longer than a blink.

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const BLINK_MS = 2_500;

/** `after()` gives the last seq known; `arrived(message)` and `live(standing)` get what comes; `network(isUp)` tells the person. */
export class Stream {
  constructor({ after, arrived, live, network }) {
    Object.assign(this, { after, arrived, live, network, wait: FIRST_WAIT_MS, source: null, retry: 0, alarm: 0, wanted: false });
    window.addEventListener("online", () => this.resume());
    // A phone that slept may hold a dead connection without noticing.
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.resume(); });
    window.addEventListener("offline", () => this.lost(0));
  }

  /** Open the stream, in place of one that is open already. */
  open() {
    this.close();
    this.wanted = true;
    const source = new EventSource(`/api/stream?after=${this.after()}`);
    source.onopen = () => this.found();
    source.onmessage = (event) => this.take(event.data, this.arrived);
    source.addEventListener("live", (event) => this.take(event.data, this.live));
    // The browser would try the old address again; ours asks for what came after the last message shown.
    source.onerror = () => { if (source === this.source) this.again(); };
    this.source = source;
  }

  /** Close the stream for good. */
  stop() {
    this.wanted = false;
    this.close();
  }

  resume() {
    if (this.wanted) this.open();
  }

  close() {
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  found() {
    clearTimeout(this.alarm);
    this.alarm = 0;
    this.wait = FIRST_WAIT_MS;
    this.network(true);
  }

  lost(delay) {
    if (delay === 0) this.network(false);
    else if (!this.alarm) this.alarm = setTimeout(() => this.network(false), delay);
  }

  again() {
    this.close();
    this.lost(BLINK_MS);
    this.retry = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }

  take(data, taken) {
    this.found();
    try {
      taken(JSON.parse(data));
    } catch (error) {
      console.error("一条推送没有读懂", error);
    }
  }
}
