// What a bench measured means the same to HdrHistogram: the buckets of the JSON report are its counts, and
// the percentiles of the .hgrm file are those that it reads from them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { build } from 'hdr-histogram-js';
import { withReports } from './bench.mjs';

const HOUR_US = 3600e6;
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

/** One metric of one group; `rows` are those of the .hgrm file. */
function compare(name, distribution, rows) {
  const histogram = decoded(distribution);
  assert.equal(histogram.totalCount, distribution.count, name);
  for (const percent of [50, 90, 95, 99, 99.9]) {
    const value = distribution[`p${percent}`] / distribution.scale;
    assertNear(value, histogram.getValueAtPercentile(percent), 1, `${name} p${percent}`);
  }
  const ratio = name.endsWith(' ms') ? 1000 : 1;
  const expected = rowsOf(histogram.outputPercentileDistribution(5, ratio));
  const steps = (table) => table.map(([, percentile, count]) => [percentile, count]);
  assert.deepEqual(steps(rows), steps(expected), name);
  rows.forEach(([value], i) => assertNear(value, expected[i][0], 1 / ratio, `${name} row ${i}`));
}

test('hdr-histogram-js reads the same percentiles from a report', () =>
  withReports(['json', 'hgrm'], async (folder) => {
    const read = (ending) => fs.readFileSync(path.join(folder, `run.${ending}`), 'utf8');
    const report = JSON.parse(read('json'));
    const tables = tablesOf(read('hgrm'));
    for (const group of [...report.groups, report.total]) {
      for (const [metric, distribution] of Object.entries(group.metrics)) {
        const name = `${group.name} ${metric} ${distribution.unit === 'ns' ? 'ms' : 'bytes'}`;
        compare(name, distribution, tables.get(name));
        tables.delete(name);
      }
    }
    assert.deepEqual([...tables.keys()], [], 'nothing else is in the file');
  }));
