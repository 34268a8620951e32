// Follows an event stream for as long as the page lives. A stream that was good and is lost comes back
// as the browser's EventSource does it, after the time the server asked for. But that knows no backoff,
// and an answer other than 200 ends it for good: whatever fails again is opened anew here, from the last
// id on, after waits that grow.
import { Backoff } from './connection.js';
import { EventStream } from './network.js';
import { request } from './poll.js';

const HIDDEN_PAUSE_MS = 60000; // a browser has six connections to a server: an unseen page gives its own back
const SILENCE_LEAST_MS = 20000; // a line that died without a word is not reported by any event

export class Follower {
  #path;
  #connection;
  #listeners;
  #backoff = new Backoff();
  #source = null;
  #timer = 0;
  #turn = 0; // one more with each closing, so that what was begun before it can tell
  #pause = 0;
  #watch = 0;
  #lastId = '';
  #heard = 0;
  #longestGap = 0;
  #isGood = false; // whether an event came since the last failure

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
    this.#heard = performance.now();
    const source = new EventStream(url.href, {
      open: () => this.#connection.live(),
      error: () => this.#onError(source),
      ...this.#noting(),
    });
    this.#source = source;
    this.#watch = setInterval(() => this.#checkSilence(), 1000);
  }

  close() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#source?.close();
    this.#source = null;
  }

  /** The listeners, told of each event after it was noted. */
  #noting() {
    const noting = ([name, listener]) => [
      name,
      (event) => {
        const isNew = this.#note(event);
        if (isNew || name !== 'message') listener(event);
      },
    ];
    return Object.fromEntries(Object.entries(this.#listeners).map(noting));
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
    this.#isGood = true;
    return true;
  }

  #onError(source) {
    const wasGood = this.#isGood;
    this.#isGood = false;
    if (wasGood && source.readyState !== EventSource.CLOSED) {
      this.#heard = performance.now();
      this.#connection.retrying();
      return;
    }
    this.#openLater(source.readyState === EventSource.CLOSED);
  }

  async #openLater(isRefused) {
    this.close();
    const turn = this.#turn;
    const { status, retryAfter } = isRefused ? await this.#refusal() : {};
    if (turn !== this.#turn) return;
    const wait = this.#backoff.next(retryAfter);
    this.#connection.waiting(wait, status);
    this.#timer = setTimeout(() => this.open(), wait);
  }

  /** An EventSource says neither with which status it was refused nor for how long; a HEAD does. */
  async #refusal() {
    try {
      await request(this.#path, { method: 'HEAD', timeout: 5000 });
      return {};
    } catch (error) {
      return error;
    }
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
