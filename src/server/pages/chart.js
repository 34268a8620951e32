// A line chart over time, drawn as SVG so that the style sheet gives it its colours and its text stays
// text. It is drawn at most once a frame, however fast values come, and not at all while unseen.
import { clock } from './text.js';

const SVG = 'http://www.w3.org/2000/svg';
const MARGIN = { top: 8, right: 10, bottom: 22, left: 44 };

function svg(tag, attributes, text = '') {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

/** Round steps (1, 2 or 5 times a power of ten) that cover low..high in about three parts. */
export function ticks(low, high) {
  const rough = (high - low || Math.abs(high) || 1) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
  const first = Math.floor(low / step);
  const last = Math.max(first + 1, Math.ceil(high / step));
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

export class LineChart {
  #host;
  #options;
  #points = [];
  #frame = 0;
  #pointerX = null;

  /**
   * `label` says what is drawn; `low` and `high` are always in view; `keep` is how many of the newest
   * points are shown; `bare` leaves the axes out.
   */
  constructor(host, options) {
    this.#host = host;
    this.#options = {
      label: 'Values',
      low: Infinity,
      high: -Infinity,
      keep: 120,
      bare: false,
      format: String,
      ...options,
    };
    new ResizeObserver(() => this.#plan()).observe(host);
    if (this.#options.bare) return;
    host.addEventListener('pointermove', (event) =>
      this.#point(event.clientX - host.getBoundingClientRect().left),
    );
    host.addEventListener('pointerleave', () => this.#point(null));
  }

  /** `time` in milliseconds since 1970, never decreasing; anything that is no number is left out. */
  add(time, value) {
    if (!Number.isFinite(time) || !Number.isFinite(value)) return;
    if (this.#points.length && time < this.#points.at(-1).time) return;
    this.#points.push({ time, value });
    if (this.#points.length > this.#options.keep) this.#points.shift();
    this.#plan();
  }

  #point(x) {
    this.#pointerX = x;
    this.#plan();
  }

  #plan() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#host;
    if (!width || !this.#points.length) return;
    const scale = this.#scale(width, height);
    const root = svg('svg', {
      role: 'img',
      'aria-label': this.#description(),
      viewBox: `0 0 ${width} ${height}`,
    });
    if (!this.#options.bare) root.append(...this.#axes(scale, height));
    root.append(...this.#curve(scale));
    if (this.#pointerX !== null) root.append(...this.#reading(scale, width));
    this.#host.replaceChildren(root);
  }

  #scale(width, height) {
    const { bare } = this.#options;
    const margin = bare ? { top: 5, right: 6, bottom: 5, left: 2 } : MARGIN;
    const values = this.#points.map((point) => point.value);
    const steps = ticks(
      Math.min(this.#options.low, ...values),
      Math.max(this.#options.high, ...values),
    );
    const [low, high] = [steps[0], steps.at(-1)];
    const [first, last] = [this.#points[0].time, this.#points.at(-1).time];
    const right = width - margin.right;
    const bottom = height - margin.bottom;
    const x = (time) =>
      last === first
        ? right
        : margin.left + ((time - first) / (last - first)) * (right - margin.left);
    const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - margin.top);
    return { x, y, steps, first, last, left: margin.left, right, bottom, top: margin.top };
  }

  #axes({ y: yOf, steps, first, last, left, right }, height) {
    const lines = steps.flatMap((step) => [
      svg('line', { class: 'grid', x1: left, x2: right, y1: yOf(step), y2: yOf(step) }),
      svg(
        'text',
        { x: left - 8, y: yOf(step) + 4, 'text-anchor': 'end' },
        this.#options.format(step),
      ),
    ]);
    // The times of the points, not "now": the newest may be old when the line is down.
    const y = height - 4;
    if (last - first >= 1000) lines.push(svg('text', { x: left, y }, clock(new Date(first))));
    lines.push(svg('text', { x: right, y, 'text-anchor': 'end' }, clock(new Date(last))));
    return lines;
  }

  #curve({ x, y, bottom }) {
    const line = this.#points
      .map(({ time, value }) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`)
      .join('L');
    const start = x(this.#points[0].time).toFixed(1);
    const { time, value } = this.#points.at(-1);
    const end = { x: x(time).toFixed(1), y: y(value).toFixed(1) };
    return [
      svg('path', { class: 'area', d: `M${start},${bottom}L${line}L${end.x},${bottom}Z` }),
      svg('path', { class: 'line', d: `M${line}` }),
      svg('circle', { class: 'end', cx: end.x, cy: end.y, r: 5 }),
    ];
  }

  #reading({ x, y, top, bottom }, width) {
    const distance = (point) => Math.abs(x(point.time) - this.#pointerX);
    const point = this.#points.reduce((best, next) =>
      distance(next) < distance(best) ? next : best,
    );
    const at = x(point.time);
    const anchor = at > width / 2 ? 'end' : 'start';
    const text = `${this.#options.format(point.value)} at ${clock(new Date(point.time))}`;
    return [
      svg('line', { class: 'rule', x1: at, x2: at, y1: top, y2: bottom }),
      svg('circle', { class: 'mark', cx: at, cy: y(point.value), r: 5 }),
      svg(
        'text',
        {
          class: 'reading',
          x: at + (anchor === 'end' ? -8 : 8),
          y: top + 12,
          'text-anchor': anchor,
        },
        text,
      ),
    ];
  }

  #description() {
    const values = this.#points.map((point) => point.value);
    const { format, label } = this.#options;
    return (
      `${label}: now ${format(values.at(-1))}, lowest ${format(Math.min(...values))}, ` +
      `highest ${format(Math.max(...values))} of ${values.length}`
    );
  }
}
