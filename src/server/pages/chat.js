// /chat: shows a conversation and takes what is typed.
import { ChatClient } from './chat_client.js';
import { Connection } from './connection.js';
import { Poller } from './poll.js';
import { byId, make, timeElement } from './text.js';

const SHOWN_MAX = 500;
const BUSY_EVERY_MS = 100;
const IDLE_EVERY_MS = 1000; // for a server that does not hold its answer back, as one that is about to stop
const UNSEEN_EVERY_MS = 5000; // of a tab that nobody looks at: a held request would occupy one of six connections

const room = new URLSearchParams(location.search).get('room') ?? '';
const storageKey = `rtctl-chat:${room}`;
const messages = byId('messages');
const waiting = new Map(); // key of an unsent message to the element that tells so
let transcript = [];
let unseen = 0;

const saved = takeSaved();
const client = new ChatClient({ room, saved: saved?.client, on: { message, dropped, sent } });
const connection = new Connection(byId('connection'), () => poller.start());
const poller = new Poller({
  task: (signal) => client.receive({ long: !document.hidden, signal }),
  every,
  connection,
});

function every(received) {
  if (document.hidden) return UNSEEN_EVERY_MS;
  return received ? BUSY_EVERY_MS : IDLE_EVERY_MS;
}

/**
 * Each tab is a client of its own and stays it over a reload. A duplicated tab copies the session's
 * storage; so the state is in there only while no page is: taken out when it opens, put back when it
 * goes.
 */
function takeSaved() {
  try {
    const text = sessionStorage.getItem(storageKey);
    sessionStorage.removeItem(storageKey);
    return text ? JSON.parse(text) : null;
  } catch {
    return null; // storage is switched off: the tab then forgets with a reload
  }
}

function save() {
  try {
    const state = { client: client.state, transcript, name: byId('name').value };
    sessionStorage.setItem(storageKey, JSON.stringify(state));
  } catch {
    // As above.
  }
}

function show(element) {
  const atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 40;
  messages.append(element);
  while (messages.children.length > SHOWN_MAX) messages.firstElementChild.remove();
  byId('nobody').hidden = true;
  if (atEnd) messages.scrollTop = messages.scrollHeight;
}

function bubble(entry) {
  const about = make(
    'div',
    'about',
    '',
    make('span', 'from', entry.own ? 'You' : entry.from),
    timeElement(entry.at),
  );
  const element = make(
    'div',
    entry.own ? 'message own' : 'message',
    '',
    about,
    make('div', 'content', entry.content),
  );
  if (entry.own && entry.key) {
    const state = make('span', 'delivery', '');
    about.append(state);
    waiting.set(entry.key, state);
  }
  return element;
}

function remember(entry) {
  transcript.push(entry);
  if (transcript.length > SHOWN_MAX) transcript.shift();
  show(bubble(entry));
}

function message({ from, content, timestamp }) {
  remember({ from: String(from), content: String(content), at: String(timestamp) });
  if (document.hidden) {
    unseen += 1;
    document.title = `(${unseen}) Chat · rtctl`;
  }
}

function dropped(count) {
  show(make('div', 'message note', `${count} messages did not fit into your inbox and are gone.`));
}

function sent(entry, refusal) {
  const element = waiting.get(entry.key);
  waiting.delete(entry.key);
  const own = transcript.find(({ key }) => key === entry.key);
  if (own) own.key = null;
  if (element) element.textContent = refusal ? `refused (${refusal.status})` : '';
  showUnsent();
}

function showUnsent() {
  const count = client.unsent.length;
  for (const element of waiting.values()) element.textContent = 'not sent yet';
  byId('unsent').textContent = count
    ? `${count} not sent yet; tried again until ${count > 1 ? 'they are' : 'it is'}.`
    : '';
}

byId('compose').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = byId('input');
  const content = input.value.trim();
  if (!content) return;
  const entry = client.send(content, byId('name').value.trim());
  if (!entry) {
    byId('unsent').textContent = 'Too much waits already; try again when the connection is back.';
    return;
  }
  input.value = '';
  input.focus();
  remember({ own: true, ...entry });
  messages.scrollTop = messages.scrollHeight;
  setTimeout(showUnsent, 1000); // a message on its usual way is not worth a word
});

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  unseen = 0;
  document.title = 'Chat · rtctl';
});
addEventListener('pagehide', save);
addEventListener('pageshow', (event) => event.persisted && takeSaved());

byId('room').textContent = room ? ` in ${room}` : '';
byId('name').value = saved?.name ?? '';
for (const entry of saved?.transcript ?? []) remember(entry);
messages.scrollTop = messages.scrollHeight;
showUnsent();
poller.start();
