// /chat: tabs talk to each other, and nothing that was written is lost or said twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, open, textLike, textOf, withContext, withServer } from './support.mjs';

const isLive = (page) =>
  eventually('the chat is live', () => page.locator('.connection[data-state=live]').count());
const contents = (page, kind = '') =>
  page.locator(`#messages .message${kind} .content`).allInnerTexts();

async function say(page, text) {
  await page.fill('#input', text);
  await page.click('#send');
}

function chat(name, body) {
  test(`page /chat: ${name}`, () =>
    withServer([], (server) =>
      withContext({}, async (context) => {
        const tabs = [
          await open(context, `${server.url}/chat`),
          await open(context, `${server.url}/chat`),
        ];
        await Promise.all(tabs.map(isLive));
        await body(tabs, server, context);
      }),
    ));
}

chat('two tabs are two clients, and text stays text', async ([ada, grace]) => {
  await ada.fill('#name', 'Ada');
  await say(ada, '<b>hello</b> & welcome');
  await textLike(grace, '#messages', /Ada\s[^]*<b>hello<\/b> & welcome/);
  assert.equal(await grace.locator('#messages b').count(), 0);
  await say(grace, 'thanks');
  await textLike(ada, '#messages', /thanks/);
  assert.deepEqual(await contents(ada), ['<b>hello</b> & welcome', 'thanks'], 'each once');
  assert.equal(await ada.inputValue('#input'), '');
});

chat('works with the keyboard alone', async ([ada, grace]) => {
  await ada.focus('#input');
  await ada.keyboard.type('typed');
  await ada.keyboard.press('Enter');
  await textLike(grace, '#messages', /typed/);
  assert.ok(
    await ada.evaluate('document.activeElement.id === "input"'),
    'ready for the next message',
  );
});

chat(
  'keeps what is written while the server is away, and sends it once, in order',
  async ([ada, grace], server) => {
    await server.kill();
    await say(ada, 'first');
    await say(ada, 'second');
    await textLike(ada, '#unsent', /2 not sent yet/);
    await server.start();
    await eventually('both arrive', async () => (await contents(grace)).length >= 2);
    await say(ada, 'third');
    await eventually('the third arrives', async () => (await contents(grace)).includes('third'));
    assert.deepEqual(await contents(grace), ['first', 'second', 'third']);
    await eventually('nothing waits', async () => (await textOf(ada, '#unsent')) === '');
  },
);

chat('a lost answer to a message makes no second one', async ([ada, grace]) => {
  let lost = 0;
  await ada.route('**/api/messages*', async (route) => {
    if (route.request().method() !== 'POST' || lost) return route.continue();
    lost += 1;
    await route.fetch(); // the server has it
    return route.abort(); // the page does not know
  });
  await say(ada, 'once');
  await say(ada, 'end');
  await eventually('the end arrives', async () => (await contents(grace)).includes('end'));
  assert.equal(lost, 1);
  assert.deepEqual(await contents(grace), ['once', 'end']);
});

chat('a lost answer with messages loses none', async ([ada, grace]) => {
  let lost = 0;
  await grace.route('**/api/messages*', async (route) => {
    if (route.request().method() !== 'GET') return route.continue();
    const response = await route.fetch().catch(() => null);
    if (!response) return route.abort();
    if (lost || !(await response.json()).messages.length) return route.fulfill({ response });
    lost += 1;
    return route.abort();
  });
  for (const text of ['1', '2', '3']) await say(ada, text);
  await eventually('all three arrive', async () => (await contents(grace)).length >= 3);
  await say(ada, '4');
  await eventually('the fourth arrives', async () => (await contents(grace)).includes('4'));
  assert.equal(lost, 1);
  assert.deepEqual(await contents(grace), ['1', '2', '3', '4']);
});

chat('a reload keeps the conversation and the client', async ([ada, grace]) => {
  await say(ada, 'before');
  await textLike(grace, '#messages', /before/);
  await grace.goto('about:blank');
  await say(ada, 'meanwhile');
  await eventually('it was sent', async () => (await textOf(ada, '#unsent')) === '');
  await grace.goBack();
  await textLike(grace, '#messages', /before[^]*meanwhile/);
  assert.deepEqual(await contents(grace), ['before', 'meanwhile']);
});

chat('a tab opened from another is a client of its own', async ([ada], server, context) => {
  const [copy] = await Promise.all([
    context.waitForEvent('page'),
    ada.evaluate('void window.open(location.href)'),
  ]);
  await isLive(copy);
  await say(ada, 'to the copy');
  await textLike(copy, '#messages', /to the copy/);
  await say(copy, 'to the original');
  await textLike(ada, '#messages', /to the original/);
});

chat('rooms are separate', async ([ada], server, context) => {
  const den = await open(context, `${server.url}/chat?room=den`);
  const other = await open(context, `${server.url}/chat?room=den`);
  await Promise.all([isLive(den), isLive(other)]);
  await say(den, 'only here');
  await textLike(other, '#messages', /only here/);
  await say(other, 'yes');
  await textLike(den, '#messages', /yes/);
  assert.deepEqual(await contents(ada), []);
});

test('page /chat: goes on with a server that has forgotten everything', () =>
  withServer(['--ephemeral'], (server) =>
    withContext({}, async (context) => {
      const tabs = [
        await open(context, `${server.url}/chat`),
        await open(context, `${server.url}/chat`),
      ];
      await Promise.all(tabs.map(isLive));
      await say(tabs[0], 'before');
      await textLike(tabs[1], '#messages', /before/);
      await server.kill();
      await Promise.all(tabs.map((tab) => textLike(tab, '.connection', /Connection lost/)));
      await server.start();
      await Promise.all(tabs.map(isLive));
      await say(tabs[0], 'after');
      await textLike(tabs[1], '#messages', /after/);
    }),
  ));
