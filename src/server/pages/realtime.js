// /realtime: the newest event, its history as a line, and what was received.
import { LineChart } from './chart.js';
import { Connection } from './connection.js';
import { Follower } from './follow.js';
import { byId, make, number, parsed, timeElement } from './text.js';

const LOG_ROWS = 50;

const chart = new LineChart(byId('chart'), {
  label: 'Value of the newest events',
  low: 0,
  high: 1,
  keep: 180,
  format: (value) => value.toFixed(2),
});
const connection = new Connection(byId('connection'), () => follower.open());
const follower = new Follower('/api/events', connection, { message: onMessage, gap: onGap });

let count = 0;
let missed = 0;
let arrivals = []; // of the last ten seconds
let fresh = []; // rows that the next frame will show
let newest = null;

function onMessage(event) {
  count += 1;
  arrivals.push(performance.now());
  const data = parsed(event.data);
  if (typeof data?.value === 'number') {
    newest = data;
    chart.add(Date.parse(data.timestamp), data.value);
  }
  fresh.push(event);
  if (fresh.length > LOG_ROWS) fresh.shift();
  if (fresh.length === 1) requestAnimationFrame(show);
}

/** What the server no longer holds cannot be sent again; it says how much that is. */
function onGap(event) {
  const lost = parsed(event.data)?.missed;
  missed = typeof lost === 'number' && missed !== null ? missed + lost : null;
  byId('missed').textContent = missed === null ? 'unknown' : number(missed);
}

function show() {
  if (newest) {
    byId('value').textContent = newest.value.toFixed(2);
    showTime(byId('time'), String(newest.timestamp));
  }
  byId('count').textContent = number(count);
  byId('last-id').textContent = fresh.at(-1).lastEventId;
  const rows = fresh.reverse().map(row);
  fresh = [];
  const log = byId('log');
  log.prepend(...rows);
  while (log.children.length > LOG_ROWS) log.lastElementChild.remove();
}

function showTime(element, timestamp) {
  const time = new Date(timestamp);
  if (!Number.isNaN(time.getTime())) element.dateTime = time.toISOString();
  element.textContent = timestamp;
}

function row(event) {
  const time = make('td');
  time.append(timeElement(parsed(event.data)?.timestamp ?? new Date().toISOString()));
  return make('tr', '', '', make('td', '', event.lastEventId), time, make('td', '', event.data));
}

setInterval(() => {
  const from = performance.now() - 10000;
  arrivals = arrivals.filter((time) => time > from);
  byId('rate').textContent = number(arrivals.length / 10, 1);
}, 1000);
follower.open();
