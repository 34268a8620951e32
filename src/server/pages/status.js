// /status: polled on a schedule; an unchanged answer is a 304 without a body.
import { LineChart } from './chart.js';
import { Connection } from './connection.js';
import { Poller, request } from './poll.js';
import { byId, duration, number } from './text.js';

const EVERY_MS = 5000;
const KEEP = 360; // half an hour

const megabytes = (value) => number(value, 1);
const users = new LineChart(byId('users-chart'), {
  label: 'Users online',
  low: 0,
  high: 3,
  keep: KEEP,
  format: (value) => number(value, 1),
});
const memory = new LineChart(byId('memory-chart'), {
  label: 'Memory in megabytes',
  low: 0,
  keep: KEEP,
  format: megabytes,
});
const connection = new Connection(byId('connection'), () => poller.start());
const poller = new Poller({ task: ask, every: () => EVERY_MS, connection });

let etag = '';
let status = null;
let changed = 0;
let unchanged = 0;

async function ask(signal) {
  const headers = etag && status ? { 'If-None-Match': etag } : {};
  const answer = await request('/api/status', { headers, signal });
  if (answer.status === 304) {
    unchanged += 1;
  } else {
    status = JSON.parse(answer.text);
    etag = answer.headers.get('etag') ?? '';
    changed += 1;
  }
  show();
}

function show() {
  byId('uptime').textContent = duration(status.uptime * 3600);
  byId('uptime-detail').textContent = `${number(status.uptime, 4)} h since the server started`;
  byId('users').textContent = number(status.online_users);
  byId('memory').textContent = `${megabytes(status.memory_usage)} MB`;
  byId('asked').textContent =
    `Last answer at ${new Date().toLocaleTimeString()}. ` +
    `New answers: ${number(changed)}, unchanged (304): ${number(unchanged)}.`;
  users.add(Date.now(), status.online_users);
  memory.add(Date.now(), status.memory_usage);
}

poller.start();
