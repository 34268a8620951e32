// npm's EventSource, the one that programs without a browser use, sees every event once over a crash.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventSource } from 'eventsource';
import { eventually, withServer } from './support.mjs';

test('eventsource: no event is missing or comes twice over kill -9', () =>
  withServer(['--tick', '50ms', '--retry', '200ms'], async (server) => {
    const ids = [];
    const gaps = [];
    const source = new EventSource(`${server.url}/api/events`);
    source.addEventListener(
      'message',
      (event) =>
        event.lastEventId && event.data !== 'Connected' && ids.push(Number(event.lastEventId)),
    );
    source.addEventListener('gap', (event) => gaps.push(event.data));
    try {
      for (let round = 0; round < 3; round += 1) {
        const before = ids.length;
        await eventually('twenty more events', () => ids.length >= before + 20);
        await server.kill();
        await server.start();
      }
      const before = ids.length;
      await eventually('events after the last start', () => ids.length >= before + 20);
    } finally {
      source.close();
    }
    assert.ok(ids.length >= 80);
    assert.deepEqual(
      ids,
      Array.from(ids, (_, i) => ids[0] + i),
    );
    assert.deepEqual(gaps, []);
  }));
