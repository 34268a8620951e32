// Requests with a limit in time, and asking again and again: on a schedule while it works, with
// backoff while it does not.
import { Backoff } from './connection.js';
import { ask } from './network.js';

/** An answer that is no success. `retryAfter` is in milliseconds, 0 when the server said none. */
export class HttpError extends Error {
  constructor(response) {
    super(`HTTP ${response.status}`);
    this.status = response.status;
    this.retryAfter = 1000 * (Number.parseInt(response.headers.get('retry-after'), 10) || 0);
  }
}

/** `ask`, but it gives up after `timeout`, never asks the browser's cache, and throws HttpError. 304 is a success. */
export async function request(path, { timeout = 10000, signal, ...options } = {}) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), timeout);
  const forward = () => giveUp.abort();
  signal?.addEventListener('abort', forward);
  try {
    const answer = await ask(path, { cache: 'no-store', ...options, signal: giveUp.signal });
    if (!answer.ok && answer.status !== 304) throw new HttpError(answer);
    return answer;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', forward);
  }
}

/** 128 random bits: names a request, so that the server does it once however often it is sent. */
export function idempotencyKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/**
 * Runs `task(signal)` until the page goes. `every(result)` says how long from one start to the next,
 * given what the task returned.
 */
export class Poller {
  #task;
  #every;
  #connection;
  #backoff = new Backoff();
  #timer = 0;
  #running = null;

  constructor({ task, every, connection }) {
    this.#task = task;
    this.#every = every;
    this.#connection = connection;
    addEventListener('pagehide', () => this.stop());
    addEventListener('pageshow', (event) => event.persisted && this.start());
    addEventListener('online', () => this.start());
    document.addEventListener('visibilitychange', () => document.hidden || this.start());
  }

  /** Asks now, whatever was planned. */
  start() {
    this.stop();
    this.#running = new AbortController();
    this.#run(this.#running.signal);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
  }

  async #run(signal) {
    const started = performance.now();
    let wait;
    try {
      const result = await this.#task(signal);
      if (signal.aborted) return;
      this.#backoff.reset();
      this.#connection.live();
      wait = Math.max(0, started + this.#every(result) - performance.now());
    } catch (error) {
      if (signal.aborted) return;
      wait = this.#backoff.next(error.retryAfter);
      this.#connection.waiting(wait, error.status);
    }
    this.#timer = setTimeout(() => this.#run(signal), wait);
  }
}
