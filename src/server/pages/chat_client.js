// One client of /api/messages, without anything that is shown. Receiving acknowledges what it has, so
// that a lost answer loses nothing; sending keeps every message until the server has it, in order, and
// names it, so that a repeat does nothing.
import { Backoff } from './connection.js';
import { HttpError, idempotencyKey, request } from './poll.js';

const WAIT_SECONDS = 25;
const OUTBOX_MAX = 200;

export class ChatClient {
  #path;
  #id;
  #ack;
  #outbox;
  #on;
  #backoff = new Backoff();
  #connected = false;
  #sending = false;
  #timer = 0;

  /**
   * `saved` is what `state` gave before. `on.message(message)`, `on.dropped(count)` and
   * `on.sent(entry, refusal)` tell what happened; `refusal` is null or an HttpError.
   */
  constructor({ room, saved, on }) {
    this.#path = room ? `/api/messages?room=${encodeURIComponent(room)}&` : '/api/messages?';
    this.#id = saved?.id ?? null;
    this.#ack = saved?.ack ?? 0;
    this.#outbox = saved?.outbox ?? [];
    this.#on = on;
  }

  /** All that a reload of the page must not lose; plain data. */
  get state() {
    return { id: this.#id, ack: this.#ack, outbox: this.#outbox };
  }

  get unsent() {
    return this.#outbox;
  }

  /**
   * Asks once; `long` lets the server hold the answer back until there is one. Returns how many
   * messages came.
   */
  async receive({ long, signal }) {
    const wait = long && this.#connected ? WAIT_SECONDS : 0; // first see, at once, that there is an answer
    this.#connected = false;
    const headers = this.#id ? { 'x-client-id': this.#id } : {};
    const path = `${this.#path}ack=${this.#ack}${wait ? `&wait=${wait}s` : ''}`;
    const answer = JSON.parse(
      (await request(path, { headers, signal, timeout: wait * 1000 + 10000 })).text,
    );
    this.#id = answer.clientId;
    this.#connected = true;
    if (answer.dropped) this.#on.dropped(answer.dropped);
    for (const message of answer.messages) {
      if (message.id <= this.#ack) continue;
      this.#ack = message.id;
      this.#on.message(message);
    }
    this.#flush();
    return answer.messages.length;
  }

  /** Null when so much waits already that no more is taken. */
  send(content, name) {
    if (this.#outbox.length >= OUTBOX_MAX) return null;
    const entry = { key: idempotencyKey(), content, name, at: new Date().toISOString() };
    this.#outbox.push(entry);
    this.#flush();
    return entry;
  }

  async #flush() {
    if (this.#sending || !this.#id) return;
    clearTimeout(this.#timer);
    this.#sending = true;
    try {
      while (this.#outbox.length) {
        const entry = this.#outbox[0];
        const refusal = await this.#post(entry);
        this.#outbox.shift();
        this.#on.sent(entry, refusal);
      }
      this.#backoff.reset();
    } catch (error) {
      this.#timer = setTimeout(() => this.#flush(), this.#backoff.next(error.retryAfter));
    } finally {
      this.#sending = false;
    }
  }

  /** Throws what time may heal; returns the refusal that no repeat will change, or null. */
  async #post({ key, content, name }) {
    const headers = {
      'content-type': 'application/json',
      'x-client-id': this.#id,
      'idempotency-key': key,
    };
    const body = JSON.stringify(name ? { content, name } : { content });
    try {
      await request(this.#path.slice(0, -1), { method: 'POST', headers, body });
      return null;
    } catch (error) {
      if (error instanceof HttpError && [400, 413, 415].includes(error.status)) return error;
      throw error;
    }
  }
}
