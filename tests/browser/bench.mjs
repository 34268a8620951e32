// One short run of `rtctl bench` against a server of its own.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { withServer } from './support.mjs';

const SCENARIO = `
name: <b>pages</b>
duration: 3s
groups:
  - { name: streams, kind: sse, path: /api/events, users: 20, sent_at: /timestamp, sequence: id }
  - { name: polls, kind: poll, path: /api/status, users: 20, interval: 50ms }
  - { name: wrong, kind: poll, path: /nowhere, users: 1, interval: 500ms }
thresholds:
  - streams:lost == 0
  - errors.count == 0
`;

/** Runs the scenario above and calls `body(folder)` with the folder of its reports: run.ENDING for each ending. */
export async function withReports(endings, body) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rtctl-bench-'));
  try {
    await withServer(['--ephemeral', '--tick', '20ms'], async (server) => {
      fs.writeFileSync(path.join(folder, 'run.yaml'), `target: ${server.url}\n${SCENARIO}`);
      const outputs = endings.flatMap((ending) => ['--out', `run.${ending}`]);
      await promisify(execFile)(process.env.RTCTL_BINARY, ['bench', 'run.yaml', ...outputs], {
        cwd: folder,
      }).catch((error) => {
        if (error.code !== 99) throw error; // a threshold is missed on purpose
      });
    });
    await body(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
