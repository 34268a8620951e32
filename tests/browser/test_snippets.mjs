// Browser code as people write it for these endpoints works against the server as it is.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { writeSnippets } from './snippets.mjs';
import { here, open, textChanges, textLike, withContext, withServer } from './support.mjs';

const folder = path.join(here, 'static');
writeSnippets(folder);

function snippet(name, body) {
  test(`snippet: ${name}`, () =>
    withServer(['--static', folder], (server) =>
      withContext({}, async (context) => {
        const page = await open(context, `${server.url}/static/${name}.html`);
        await body(page, server, context);
      }),
    ));
}

snippet('events', async (page) => {
  const first = await textLike(
    page,
    '#data',
    /Time: \d{4}-\d\d-\d\dT[\d:.]+Z\s+Value: 0\.\d\d|Value: 1\.00/,
  );
  await textChanges(page, '#data', first);
});

snippet('status', async (page) => {
  await textLike(page, '#status', /Uptime: [\d.e-]+h\s+Users: \d+\s+Memory: [\d.]+MB/);
});

snippet('chat', async (page, server, context) => {
  const other = await open(context, page.url());
  const hasId = (tab) => tab.waitForFunction('clientId !== null');
  await Promise.all([hasId(page), hasId(other)]);
  await page.fill('#input', 'hello & <b>welcome</b>');
  await page.click('#send');
  const text = await textLike(other, '#messages', /: hello & <b>welcome<\/b>$/);
  assert.notEqual(text.split(':')[0], '');
  await other.fill('#input', 'thanks');
  await other.click('#send');
  assert.match(
    await textLike(page, '#messages', /thanks/),
    /^[^\n]*: thanks$/,
    'its own message does not come back',
  );
});

snippet('activity', async (page, server) => {
  // It asks for what is newer than its own clock at the last answer, so that what is logged between the
  // two is lost to it: only what comes after the first answer can be waited for.
  await page.waitForFunction("localStorage.getItem('lastActivityCheck')");
  await server.post('/api/activity', { type: 'snippet.ran', userId: 'ada', data: { ok: true } });
  await textLike(page, '#root', /Activity Feed\s+snippet\.ran\s+\d/);
});
