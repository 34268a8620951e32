// Values as text. Nothing on these pages is ever read as HTML: text goes in as text.

export function byId(id) {
  return document.getElementById(id);
}

/** An element with a class and a text; children are elements. */
export function make(tag, className, text = '', ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  element.append(...children);
  return element;
}

/** "3 h 05 min", "12 min 04 s", "4 s": two units are enough for a person. */
export function duration(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  if (s >= 86400) return `${Math.floor(s / 86400)} d ${two(Math.floor(s / 3600) % 24)} h`;
  if (s >= 3600) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)} min`;
  if (s >= 60) return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
  return `${s} s`;
}

/** A number with at most `digits` decimals, as the reader's language writes it. */
export function number(value, digits = 0) {
  return value.toLocaleString(undefined, { maximumFractionDigits: digits });
}

/** The local time of day, or with the date when it is not today. */
export function clock(time) {
  const today = new Date().toDateString() === time.toDateString();
  return today ? time.toLocaleTimeString() : time.toLocaleString();
}

export function timeElement(iso) {
  const element = make('time', '', iso);
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return element;
  element.dateTime = time.toISOString();
  element.title = iso;
  element.textContent = clock(time);
  return element;
}

/** JSON, or undefined for what is none. */
export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
