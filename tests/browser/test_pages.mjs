// The server's own pages: live, accessible, and back by themselves after the server was away.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOOKS, screenshot, seriousBarriers } from './looks.mjs';
import {
  eventually,
  open,
  textChanges,
  textLike,
  textOf,
  withContext,
  withServer,
} from './support.mjs';

const PAGES = ['/', '/realtime', '/status', '/chat', '/activity'];
const isLive = (page) =>
  eventually(`${page.url()} is live`, () => page.locator('.connection[data-state=live]').count());

function testPage(name, path, body) {
  test(`page ${path}: ${name}`, () =>
    withServer([], (server) =>
      withContext({}, async (context) => {
        await body(await open(context, server.url + path), server, context);
      }),
    ));
}

for (const [look, options] of Object.entries(LOOKS)) {
  test(`pages: no barriers, nothing wider than the screen (${look})`, () =>
    withServer([], (server) =>
      withContext(options, async (context) => {
        await server.post('/api/activity', {
          type: 'deploy.finished',
          userId: 'ada',
          data: { version: '1.4.2' },
        });
        for (const url of PAGES) {
          const page = await open(context, server.url + url);
          await isLive(page);
          if (url === '/' || url === '/realtime') await textLike(page, '#value', /\d/);
          assert.deepEqual(await seriousBarriers(page), [], url);
          await screenshot(page, `${look}-${url.slice(1) || 'home'}`);
          await page.close();
        }
      }),
    ));
}

testPage('links to all others and shows live figures', '/', async (page) => {
  for (const url of PAGES.slice(1))
    assert.ok(await page.locator(`main a[href="${url}"]`).count(), url);
  const value = await textLike(page, '#event-time', /newest at/);
  await textLike(page, '#uptime', /\d+ s/);
  await textLike(page, '#users', /\d/);
  await textChanges(page, '#event-time', value);
});

testPage('shows time and value of the newest event, and a line', '/realtime', async (page) => {
  const time = await textLike(page, '#time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  await textLike(page, '#value', /^[01]\.\d\d$/);
  await textChanges(page, '#time', time);
  await eventually('a line of several points', async () =>
    (await page.locator('#chart path.line').getAttribute('d')).includes('L'),
  );
});

testPage('shows published text as text', '/realtime', async (page, server) => {
  await isLive(page);
  await server.post('/api/events', { data: '<img src=x onerror=alert(1)>' });
  await textLike(page, '#log', /<img src=x onerror=alert\(1\)>/);
  assert.equal(await page.locator('#log img').count(), 0);
});

testPage('shows uptime, users and memory, and asks with a validator', '/status', async (page) => {
  await textLike(page, '#uptime', /\d+ s/);
  await textLike(page, '#users', /^\d+$/);
  await textLike(page, '#memory', /^[\d.,]+ MB$/);
  const request = await page.waitForRequest((sent) => sent.url().endsWith('/api/status'));
  assert.match((await request.allHeaders())['if-none-match'] ?? '', /^(W\/)?".+"$/);
});

testPage('follows what is logged elsewhere and here', '/activity', async (page, server) => {
  await isLive(page);
  await server.post('/api/activity', {
    type: 'elsewhere',
    userId: 'grace',
    data: { html: '<b>x</b>' },
  });
  await textLike(page, '#feed', /elsewhere by grace[^]*{"html":"<b>x<\/b>"}/);
  await page.fill('#type', 'here');
  await page.fill('#user', 'ada');
  await page.press('#user', 'Enter');
  await textLike(page, '#feed', /^here by ada[^]*elsewhere by grace/);
});

testPage(
  'keeps sixty activities that come at once in order, each once',
  '/activity',
  async (page, server) => {
    await isLive(page);
    for (let i = 1; i <= 60; i += 1)
      await server.post('/api/activity', { type: `burst${i}.`, userId: 'ada' });
    const expected = Array.from({ length: 60 }, (_, i) => `burst${60 - i}.`);
    const types = () =>
      page
        .locator('#feed .type')
        .evaluateAll((items) => items.map((item) => item.firstChild.textContent));
    await eventually('all sixty', async () => (await types()).length >= 60);
    assert.deepEqual(await types(), expected);
  },
);

test('pages: say that the server is away, and are back when it is', () =>
  withServer([], (server) =>
    withContext({}, async (context) => {
      const pages = [];
      for (const url of PAGES) pages.push(await open(context, server.url + url));
      await Promise.all(pages.map(isLive));
      await server.kill();
      await Promise.all(
        pages.map((page) =>
          eventually(`${page.url()} says so`, () =>
            page
              .locator('.connection:is([data-state=retrying], [data-state=waiting]) button:visible')
              .count(),
          ),
        ),
      );
      for (const page of pages)
        await textLike(page, '.connection', /Connection lost\s+next try in \d+ s/);
      const time = await textOf(pages[1], '#time');
      await server.start();
      await Promise.all(pages.map(isLive));
      await textChanges(pages[1], '#time', time);
      assert.equal(await textOf(pages[1], '#missed'), '0');
      const ids = await pages[1]
        .locator('#log td:first-child')
        .evaluateAll((cells) => cells.map((cell) => Number(cell.textContent)));
      assert.deepEqual(
        ids,
        Array.from(ids, (_, i) => ids[0] - i),
        'the log has no gap and nothing twice',
      );
    }),
  ));

test('pages: a stream that is refused is opened again, not before the server said', () =>
  withServer([], (server) =>
    withContext({}, async (context) => {
      const page = await context.newPage();
      let refuse = true;
      await page.route('**/api/events*', (route) =>
        refuse ? route.fulfill({ status: 503, headers: { 'retry-after': '3' } }) : route.continue(),
      );
      await page.goto(`${server.url}/realtime`);
      await textLike(page, '.connection', /Connection lost\s+503, next try in [1-3] s/);
      refuse = false;
      await isLive(page);
      await textLike(page, '#value', /\d/);
    }),
  ));

test('pages: opened with a token they go on without it in the address', () =>
  withServer(['--auth-token', 'a token; of "sorts"'], (server) =>
    withContext({}, async (context) => {
      const page = await context.newPage();
      await page.goto(
        `${server.url}/chat?room=den&access_token=${encodeURIComponent('a token; of "sorts"')}`,
      );
      assert.equal(page.url(), `${server.url}/chat?room=den`);
      await isLive(page);
      await page.goto(`${server.url}/realtime`);
      await textLike(page, '#value', /\d/);
      assert.equal(await page.evaluate('document.cookie'), '');
      const [cookie] = await context.cookies();
      assert.deepEqual(
        [cookie.name, cookie.httpOnly, cookie.sameSite, cookie.secure],
        ['rtctl_token', true, 'Strict', false],
      );
    }),
  ));

test('pages: say so when the server no longer knows them', () =>
  withServer(['--auth-token', 's3cret'], (server) =>
    withContext({}, async (context) => {
      const pages = [];
      for (const url of PAGES)
        pages.push(await open(context, `${server.url}${url}?access_token=s3cret`));
      await Promise.all(pages.map(isLive));
      await context.clearCookies();
      await server.kill();
      await server.start();
      for (const page of pages)
        await textLike(page, '.connection', /Not allowed\s+401, next try in \d+ s/);
    }),
  ));

test("pages: a link with a token on another site's page leads in", () =>
  withServer(['--auth-token', 's3cret'], (server) =>
    withContext({}, async (context) => {
      const page = await context.newPage();
      const there = `${server.url}/status?access_token=s3cret`;
      const elsewhere = server.url.replace('127.0.0.1', 'localhost'); // another site to a browser
      await page.route(`${elsewhere}/**`, (route) =>
        route.fulfill({ contentType: 'text/html', body: `<a href="${there}">status</a>` }),
      );
      await page.goto(`${elsewhere}/`);
      await page.click('a');
      await page.waitForURL(`${server.url}/status`);
      await textLike(page, '#uptime', /\d+ s/);
    }),
  ));
