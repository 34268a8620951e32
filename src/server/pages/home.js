// /: what is here, with live figures.
import { LineChart } from './chart.js';
import { Connection } from './connection.js';
import { FeedReader } from './feed_reader.js';
import { Follower } from './follow.js';
import { Poller, request } from './poll.js';
import { byId, clock, duration, number, parsed } from './text.js';

const EVERY_MS = 5000;
const QUIET = { live() {}, waiting() {} }; // the page has one connection state, that of the events

const spark = new LineChart(byId('spark'), {
  label: 'Value of the newest events',
  low: 0,
  high: 1,
  keep: 60,
  bare: true,
  format: (value) => value.toFixed(2),
});
const connection = new Connection(byId('connection'), () => follower.open());
const follower = new Follower('/api/events', connection, { message: onMessage });
const reader = new FeedReader();

function onMessage(event) {
  const data = parsed(event.data);
  if (typeof data?.value !== 'number') return;
  spark.add(Date.parse(data.timestamp), data.value);
  byId('value').textContent = data.value.toFixed(2);
  byId('event-time').textContent = `newest at ${clock(new Date(data.timestamp))}`;
}

async function showStatus(signal) {
  const status = JSON.parse((await request('/api/status', { signal })).text);
  byId('users').textContent = number(status.online_users);
  byId('uptime').textContent = duration(status.uptime * 3600);
  byId('memory').textContent = `${number(status.memory_usage, 1)} MB`;
}

async function showActivity(signal) {
  const { items, anew } = await reader.read(signal);
  if (!items.length && !anew) return;
  const [newest] = items;
  byId('activity').textContent = newest?.type ?? 'Nothing yet';
  if (newest)
    byId('activity-detail').textContent =
      `by ${newest.user_id}, ${clock(new Date(newest.created_at))}`;
}

for (const element of document.querySelectorAll('.origin')) element.textContent = location.origin;
follower.open();
for (const task of [showStatus, showActivity])
  new Poller({ task, every: () => EVERY_MS, connection: QUIET }).start();
