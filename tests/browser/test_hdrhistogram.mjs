// What a bench measured means the same to HdrHistogram: the buckets of the JSON report are its counts, and
// the percentiles of the .hgrm file are those that it reads from them.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'hdr-histogram-js';
import { withServer } from './support.mjs';

const HOUR_US = 3600e6;
const SCENARIO = (target) => `
target: ${target}
duration: 3s
groups:
  - { name: streams, kind: sse, path: /api/events, users: 20, sent_at: /timestamp, sequence: id }
  - { name: polls, kind: poll, path: /api/status, users: 20, interval: 50ms }
`;

async function measured() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rtctl-hdr-'));
  try {
    await withServer(['--ephemeral', '--tick', '20ms'], async (server) => {
      fs.writeFileSync(path.join(folder, 'run.yaml'), SCENARIO(server.url));
      const outputs = ['--out', 'run.json', '--out', 'run.hgrm'];
      await promisify(execFile)(process.env.RTCTL_BINARY, ['bench', 'run.yaml', ...outputs], {
        cwd: folder,
      });
    });
    const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
    return { report: JSON.parse(read('run.json')), hgrm: read('run.hgrm') };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** HdrHistogram with the counts of a distribution of the report, in units of its scale. */
function decoded(distribution) {
  const histogram = build({ highestTrackableValue: HOUR_US, numberOfSignificantValueDigits: 3 });
  for (const [index, count] of distribution.buckets)
    histogram.recordValueWithCount(histogram.valueFromIndex(index), count);
  return histogram;
}

/** The tables of an .hgrm file: "group metric" to rows of [value, percentile, count]. */
function tablesOf(hgrm) {
  const tables = new Map();
  for (const part of hgrm.split(/^# /m).slice(1)) {
    const [name] = part.split('\n', 1);
    tables.set(name, rowsOf(part));
  }
  return tables;
}

const rowsOf = (text) =>
  text
    .split('\n')
    .filter((line) => /^ *[\d.]+ [\d.]+ /.test(line))
    .map((line) => line.trim().split(/ +/).slice(0, 3).map(Number));

/** Values within the width of a bucket, 1/1024 or one unit: rtctl knows minimum and maximum exactly. */
function assertNear(value, expected, unit, what) {
  assert.ok(Math.abs(value - expected) <= expected / 1000 + unit, `${what}: ${value}, ${expected}`);
}

test('hdr-histogram-js reads the same percentiles from a report', async () => {
  const { report, hgrm } = await measured();
  const tables = tablesOf(hgrm);
  let compared = 0;
  for (const group of [...report.groups, report.total]) {
    for (const [metric, distribution] of Object.entries(group.metrics)) {
      const unit = distribution.unit === 'ns' ? 'ms' : 'bytes';
      const name = `${group.name} ${metric} ${unit}`;
      const histogram = decoded(distribution);
      assert.equal(histogram.totalCount, distribution.count, name);
      for (const percent of [50, 90, 95, 99, 99.9]) {
        const value = distribution[`p${percent}`] / distribution.scale;
        assertNear(value, histogram.getValueAtPercentile(percent), 1, `${name} p${percent}`);
      }
      const ratio = unit === 'ms' ? 1000 : 1;
      const expected = rowsOf(histogram.outputPercentileDistribution(5, ratio));
      const rows = tables.get(name);
      assert.ok(rows?.length, `${name} is in the file`);
      assert.deepEqual(
        rows.map(([, percentile, count]) => [percentile, count]),
        expected.map(([, percentile, count]) => [percentile, count]),
        name,
      );
      rows.forEach(([value], i) => assertNear(value, expected[i][0], 1 / ratio, `${name} row ${i}`));
      compared += 1;
    }
  }
  assert.ok(compared >= 10, `${compared} metrics`);
});
