// The HTML report: one file that needs nothing else, on every screen.
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { withReports } from './bench.mjs';
import { LOOKS, screenshot, seriousBarriers } from './looks.mjs';
import { eventually, textLike, textOf, withContext } from './support.mjs';

/** How many of the pixels of a canvas were drawn on. */
const drawn = (page, id) =>
  page.evaluate((canvasId) => {
    const canvas = document.getElementById(canvasId);
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  }, id);

test('report: one file, without barriers, asking for nothing', () =>
  withReports(['html'], async (folder) => {
    const file = `file://${path.join(folder, 'run.html')}`;
    for (const [look, options] of Object.entries(LOOKS)) {
      await withContext({ ...options, offline: true }, async (context) => {
        const page = await context.newPage();
        const asked = [];
        page.on('request', (request) => asked.push(request.url()));
        await page.goto(file);
        for (const id of ['throughput', 'levels', 'times', 'curve'])
          await eventually(`${id} is drawn`, async () => (await drawn(page, id)) > 500);
        assert.deepEqual(await seriousBarriers(page), [], look);
        assert.deepEqual(asked, [file]);
        await screenshot(page, `report-${look}`);
      });
    }
  }));

test('report: the verdict comes first, text stays text, and charts follow the choice', () =>
  withReports(['html'], (folder) =>
    withContext({}, async (context) => {
      const page = await context.newPage();
      await page.goto(`file://${path.join(folder, 'run.html')}`);
      assert.match(await textOf(page, 'header'), /^<b>pages<\/b>\s+✗ failed 1 of 2/);
      assert.match(
        await textOf(page, 'main'),
        /Thresholds[^]*streams:lost == 0[^]*errors.count == 0[^]*Charts[^]*streams sse[^]*Errors[^]*http_4xx[^]*Generator/,
      );
      await page.selectOption('#group', { label: 'polls' });
      await page.selectOption('#metric', 'latency');
      await textLike(page, '#times-caption', /^latency over time$/);
    }),
  ));
