// Requests and event streams, done by a worker: a browser writes each of a page's own that fails into
// the console, as if the page were broken, and a server that is away for a minute is no such thing.

let worker = null;
let newest = 0;
const owners = new Map(); // number of an order to the function that is told what came of it

function start() {
  worker = new Worker('/assets/network_worker.js');
  worker.addEventListener('message', ({ data }) => owners.get(data.id)?.(data));
  worker.addEventListener('error', (event) => {
    // The server went before the worker was loaded. The next order tries again.
    event.preventDefault();
    worker = null;
    for (const tell of [...owners.values()])
      tell({ failure: 'no worker', name: 'error', state: EventSource.CLOSED });
  });
}

function begin(order, owner) {
  if (!worker) start();
  newest += 1;
  owners.set(newest, owner);
  worker.postMessage({ id: newest, ...order });
  return newest;
}

function end(id) {
  if (owners.delete(id)) worker?.postMessage({ id, kind: 'end' });
}

/** As fetch, but with the body read: `{ ok, status, headers, text }`. Rejects when no answer came. */
export function ask(path, { signal, ...options }) {
  return new Promise((resolve, reject) => {
    const id = begin({ kind: 'request', path, options }, ({ answer, failure }) => {
      owners.delete(id);
      if (answer) resolve({ ...answer, headers: new Headers(answer.headers) });
      else reject(new TypeError(failure));
    });
    signal.addEventListener('abort', () => {
      end(id);
      reject(signal.reason);
    });
  });
}

/** The browser's EventSource. `listeners` maps its "open" and "error" and names of events to functions. */
export class EventStream {
  #id;
  #state = EventSource.CONNECTING;

  constructor(url, { open, error, ...listeners }) {
    const tell = { open, error, ...listeners };
    const order = { kind: 'stream', url, names: Object.keys(listeners) };
    this.#id = begin(order, ({ name, state, event }) => {
      this.#state = state;
      tell[name](event);
    });
  }

  /** As of EventSource: CONNECTING, OPEN or, for good, CLOSED. */
  get readyState() {
    return this.#state;
  }

  close() {
    this.#state = EventSource.CLOSED;
    end(this.#id);
  }
}
