// A server and a browser to test with, and waiting for what is to become true.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const LIMIT_MS = 30000; // a machine under load is slow, not wrong
const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const BROWSER_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const here = path.dirname(new URL(import.meta.url).pathname);

/** The first value of `probe` that is neither false nor missing; fails with `what` after the limit. */
export async function eventually(what, probe, limit = LIMIT_MS) {
  const end = Date.now() + limit;
  let last;
  while (Date.now() < end) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`not within ${limit / 1000} s: ${what} (last seen: ${last})`);
}

/** `rtctl serve` on a store of its own, which can be killed and started again where it was. */
export class Server {
  #process = null;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rtctl-browser-'));
  #arguments;
  url = null;

  constructor(...moreArguments) {
    this.#arguments = moreArguments;
  }

  async start() {
    const listen = this.url ? new URL(this.url).host : '127.0.0.1:0';
    const store = this.#arguments.includes('--ephemeral')
      ? []
      : ['--state-dir', this.#folder, '--store', `sqlite:${this.#folder}/store.db`];
    this.#process = spawn(
      process.env.RTCTL_BINARY,
      ['serve', '--listen', listen, ...store, ...this.#arguments],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const said = [];
    for await (const line of readline.createInterface(this.#process.stderr)) {
      said.push(line);
      this.url = line.match(/listening on (http\S+?)\/?$/)?.[1] ?? this.url;
      if (line.includes('listening on')) break;
    }
    this.#process.stderr.resume();
    assert.ok(
      said.some((line) => line.includes('listening on')),
      `the server did not start: ${said.join('\n')}`,
    );
    return this.url;
  }

  /** kill -9: nothing is said to anybody. */
  async kill() {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async close() {
    await this.kill();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  async post(path, body) {
    const response = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, `${path} answered ${response.status}`);
  }
}

/** Runs `body(server)` with a server that is gone afterwards, whatever happens. */
export async function withServer(serverArguments, body) {
  const server = new Server(...serverArguments);
  try {
    await server.start();
    await body(server);
  } finally {
    await server.close();
  }
}

let browser = null;

/** One new, empty browser for all tests. */
export async function theBrowser() {
  browser ??= await chromium.launch({ executablePath: BROWSER, args: BROWSER_ARGUMENTS });
  return browser;
}

export async function closeBrowser() {
  await browser?.close();
  browser = null;
}

/** Runs `body(context)` in a fresh profile; no page may log or throw an error, whatever the server does. */
export async function withContext(options, body) {
  const context = await (await theBrowser()).newContext(options);
  const problems = [];
  context.on('page', (page) => watch(page, problems));
  try {
    await body(context);
  } finally {
    await context.close();
  }
  assert.deepEqual(problems, []);
}

function watch(page, problems) {
  page.on('pageerror', (error) => problems.push(`${page.url()} threw ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      problems.push(`${page.url()} logged ${message.text()}`);
  });
}

export async function open(context, url) {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

export const textOf = (page, selector) => page.locator(selector).innerText();

/** Waits until the element's text matches, and returns the text. */
export function textLike(page, selector, pattern) {
  return eventually(`${selector} like ${pattern}`, async () => {
    const text = await textOf(page, selector);
    return pattern.test(text) ? text : false;
  });
}

/** Waits until the element's text is no longer `before`, and returns the new text. */
export function textChanges(page, selector, before) {
  return eventually(`${selector} other than "${before}"`, async () => {
    const text = await textOf(page, selector);
    return text !== before ? text : false;
  });
}
