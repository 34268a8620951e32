// /activity: the newest activities, and a way to log one.
import { Connection } from './connection.js';
import { FeedReader } from './feed_reader.js';
import { idempotencyKey, Poller, request } from './poll.js';
import { byId, make, timeElement } from './text.js';

const EVERY_MS = 5000;
const SHOWN_MAX = 200;

const reader = new FeedReader();
const connection = new Connection(byId('connection'), () => poller.start());
const poller = new Poller({ task: follow, every: () => EVERY_MS, connection });
let pending = null; // the logging that may or may not have arrived

async function follow(signal) {
  const { items, anew } = await reader.read(signal);
  const feed = byId('feed');
  if (anew) feed.replaceChildren();
  feed.prepend(...items.slice(0, SHOWN_MAX).map((item) => entry(item, !anew)));
  while (feed.children.length > SHOWN_MAX) feed.lastElementChild.remove();
  byId('nothing').hidden = feed.children.length > 0;
  if (items.length && !anew) {
    byId('feed-state').textContent =
      items.length === 1 ? '1 new activity' : `${items.length} new activities`;
  }
}

function entry(item, isFresh) {
  const type = make('span', 'type', item.type);
  type.append(' ', make('span', 'user', `by ${item.user_id}`));
  const element = make('li', isFresh ? 'fresh' : '', '', type, timeElement(item.created_at));
  if (item.data !== null && item.data !== undefined)
    element.append(make('code', '', JSON.stringify(item.data)));
  return element;
}

byId('write').addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ type: byId('type').value, userId: byId('user').value });
  if (pending?.body !== body) pending = { body, key: idempotencyKey() };
  const headers = { 'content-type': 'application/json', 'idempotency-key': pending.key };
  const state = byId('write-state');
  state.textContent = 'Logging…';
  try {
    await request('/api/activity', { method: 'POST', headers, body });
    pending = null;
    byId('type').value = '';
    state.textContent = 'Logged.';
    poller.start();
  } catch (error) {
    state.textContent = error.status
      ? `The server refused it (${error.status}).`
      : 'The server cannot be reached; try again.';
  }
});

poller.start();
