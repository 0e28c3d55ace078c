// Speaks the gateway's JSON interface. Knows nothing of the page.

const PATIENCE_MS = 30_000;

/** The gateway said no; `message` is its Chinese sentence for the person, `status` the HTTP status. */
export class Refused extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** -> {messages, elder, demo, ready}: the conversation so far. */
export const history = () => call("/api/messages");

/** Send {id, text} or {id, button} -> {id, state: "done"|"pending", messages}. The same id has one effect only. */
export const post = (body) => call("/api/messages", { method: "POST", body: JSON.stringify(body) });

/** End this conversation; the next call begins a new one. */
export const endSession = () => call("/api/session/end", { method: "POST" });

async function call(path, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS);
  const headers = options.body ? { "Content-Type": "application/json" } : {};
  try {
    const response = await fetch(path, { ...options, headers, credentials: "same-origin", cache: "no-store", signal: stop.signal });
    if (response.status === 204) return {};
    const answer = await response.json().catch(() => null);
    if (!response.ok) throw new Refused(answer?.error?.message ?? "", response.status);
    if (answer === null) throw new Refused("", response.status);
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

/** A random UUID (version 4). `crypto.randomUUID` is missing on plain http, which a bureau's network may use. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
