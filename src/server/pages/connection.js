// What the person in front of the page is told about the line: a word, a colour, and how long until
// the next try. The word is announced to screen readers, the countdown is not: it would never stop.

const WORDS = {
  connecting: 'Connecting',
  live: 'Live',
  retrying: 'Reconnecting',
  waiting: 'Connection lost',
  paused: 'Paused',
  denied: 'Not allowed',
};

/** Exponential backoff with full jitter: a wait drawn from the whole of 0 to a growing top. */
export class Backoff {
  #failures = 0;

  constructor({ initial = 1000, max = 30000, least = 250 } = {}) {
    this.initial = initial;
    this.max = max;
    this.least = least; // so that bad luck with the dice is no busy loop
  }

  /** The next wait in milliseconds; `least` can be raised by what the server asks for. */
  next(least = 0) {
    const top = Math.min(this.max, this.initial * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    return Math.max(this.least, least, Math.random() * top);
  }

  reset() {
    this.#failures = 0;
  }
}

/** The element `.connection` of a page. `retry` is called when the person will not wait. */
export class Connection {
  #element;
  #state;
  #countdown;
  #button;
  #timer = 0;

  constructor(element, retry) {
    this.#element = element;
    this.#state = element.querySelector('.state');
    this.#countdown = element.querySelector('.countdown');
    this.#button = element.querySelector('button');
    this.#button.addEventListener('click', () => {
      this.#show('connecting');
      retry();
    });
  }

  live() {
    this.#show('live');
  }

  paused() {
    this.#show('paused', 'while nobody looks');
  }

  /** The browser itself tries again and does not say when: the time since the loss is shown. */
  retrying() {
    if (this.#element.dataset.state === 'retrying') return;
    const lost = Date.now();
    this.#show('retrying');
    this.#button.hidden = false;
    this.#tick(() => `for ${Math.round((Date.now() - lost) / 1000)} s`);
  }

  /** The next try comes after `wait` milliseconds; `status` is what the server answered, if it did. */
  waiting(wait, status = 0) {
    const due = Date.now() + wait;
    this.#show(status === 401 || status === 403 ? 'denied' : 'waiting');
    this.#button.hidden = false;
    const cause = status ? `${status}, ` : '';
    this.#tick(() => `${cause}next try in ${Math.max(0, Math.ceil((due - Date.now()) / 1000))} s`);
  }

  #show(state, detail = '') {
    clearInterval(this.#timer);
    this.#countdown.textContent = detail;
    this.#button.hidden = true;
    if (this.#element.dataset.state === state) return; // saying the same again would be announced again
    this.#element.dataset.state = state;
    this.#state.textContent = WORDS[state];
  }

  #tick(text) {
    const write = () => {
      this.#countdown.textContent = text();
    };
    write();
    this.#timer = setInterval(write, 500);
  }
}
