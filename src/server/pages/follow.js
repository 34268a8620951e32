// Follows an event stream for as long as the page lives. The browser's EventSource reconnects by
// itself while it is CONNECTING; once CLOSED (an answer other than 200) it never comes back, so it is
// opened anew here, from the last id on.
import { Backoff } from './connection.js';

const HIDDEN_PAUSE_MS = 60000; // a browser has six connections to a server: an unseen page gives its own back
const SILENCE_LEAST_MS = 20000; // a line that died without a word is not reported by any event

export class Follower {
  #path;
  #connection;
  #listeners;
  #backoff = new Backoff();
  #source = null;
  #timer = 0;
  #pause = 0;
  #watch = 0;
  #lastId = '';
  #heard = 0;
  #longestGap = 0;

  /** `listeners` maps event names to functions of the event. The server's greeting is not passed on. */
  constructor(path, connection, listeners) {
    this.#path = path;
    this.#connection = connection;
    this.#listeners = listeners;
    addEventListener('pagehide', () => this.close());
    addEventListener('pageshow', (event) => event.persisted && this.open());
    addEventListener('online', () => this.open());
    document.addEventListener('visibilitychange', () => this.#onVisibility());
  }

  open() {
    this.close();
    const url = new URL(this.#path, location.href);
    if (this.#lastId) url.searchParams.set('lastEventId', this.#lastId);
    const source = new EventSource(url);
    this.#source = source;
    this.#heard = performance.now();
    source.addEventListener('open', () => this.#connection.live());
    source.addEventListener('error', () => this.#onError(source));
    for (const [name, listener] of Object.entries(this.#listeners)) {
      source.addEventListener(name, (event) => {
        const isNew = this.#note(event);
        if (isNew || name !== 'message') listener(event);
      });
    }
    this.#watch = setInterval(() => this.#checkSilence(), 1000);
  }

  close() {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#source?.close();
    this.#source = null;
  }

  /** Whether the event has an id of its own; one without shows the id of the event before it. */
  #note(event) {
    const now = performance.now();
    const gap = now - this.#heard;
    this.#heard = now;
    if (!event.lastEventId || event.lastEventId === this.#lastId) return false;
    if (this.#lastId) this.#longestGap = Math.max(this.#longestGap, gap);
    this.#lastId = event.lastEventId;
    this.#backoff.reset();
    return true;
  }

  #onError(source) {
    if (source.readyState !== EventSource.CLOSED) {
      this.#heard = performance.now();
      this.#connection.retrying();
      return;
    }
    this.close();
    const wait = this.#backoff.next();
    this.#connection.waiting(wait);
    this.#timer = setTimeout(() => this.open(), wait);
  }

  #checkSilence() {
    if (this.#source?.readyState !== EventSource.OPEN) return;
    if (!this.#longestGap) return; // how often events come is not known yet
    const silence = performance.now() - this.#heard;
    if (silence > Math.max(SILENCE_LEAST_MS, 5 * this.#longestGap)) this.open();
  }

  #onVisibility() {
    clearTimeout(this.#pause);
    if (!document.hidden) {
      if (!this.#source) this.open();
      return;
    }
    this.#pause = setTimeout(() => {
      this.close();
      this.#connection.paused();
    }, HIDDEN_PAUSE_MS);
  }
}
