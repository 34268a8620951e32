// Does what network.js asks for. What fails here is told to the page and logged nowhere.
const running = new Map(); // number of an order to the function that ends it

const orders = {
  async request({ id, path, options }) {
    const stop = new AbortController();
    running.set(id, () => stop.abort());
    try {
      const response = await fetch(path, { ...options, signal: stop.signal });
      const text = await response.text();
      const { ok, status, headers } = response;
      postMessage({ id, answer: { ok, status, headers: [...headers], text } });
    } catch (error) {
      postMessage({ id, failure: error.message });
    } finally {
      running.delete(id);
    }
  },

  stream({ id, url, names }) {
    const source = new EventSource(url);
    running.set(id, () => source.close());
    for (const name of ['open', 'error', ...names]) {
      source.addEventListener(name, ({ data, lastEventId }) =>
        postMessage({ id, name, state: source.readyState, event: { data, lastEventId } }),
      );
    }
  },

  end({ id }) {
    running.get(id)?.();
    running.delete(id);
  },
};

addEventListener('message', ({ data }) => orders[data.kind](data));
