/** The monitor of event-loop stalls: what a process of the daemon leaves behind for the benchmarks. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {startStallMonitor} from '../../../src/core/daemon/stall-monitor.ts';

const MODULE = fileURLToPath(new URL('../../../src/core/daemon/stall-monitor.ts', import.meta.url));

suite('stall monitor', () => {
  let folder = '';
  setup(() => (folder = mkdtempSync(join(tmpdir(), 'stall-'))));
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  /** A process that stands still for 200 ms. */
  function stand(file: string): void {
    const program =
      `import {startStallMonitor} from ${JSON.stringify(MODULE)}; startStallMonitor('role'); ` +
      `setTimeout(() => { const end = Date.now() + 200; while (Date.now() < end); setTimeout(() => {}, 50); }, 50);`;
    const done = spawnSync(process.execPath, ['--import=tsx', '--input-type=module', '-e', program], {
      env: {...process.env, POSTHORN_STALL_MONITOR: file},
      encoding: 'utf8',
    });
    assert.equal(done.status, 0, done.stderr);
  }

  test('tells role, process and the longest stall at the end', () => {
    const file = join(folder, 'stalls');
    stand(file);
    const [role, pid, maximum] = readFileSync(file, 'utf8').trim().split(' ');
    assert.equal(role, 'role');
    assert.match(pid ?? '', /^\d+$/);
    assert.ok(Number(maximum) > 150 && Number(maximum) < 2000, maximum);
  });

  test('a file that can not be written ends nothing', () => stand(join(folder, 'none/stalls')));

  test('without a file nothing runs', () => {
    const before = process.listenerCount('exit');
    startStallMonitor('role', '');
    assert.equal(process.listenerCount('exit'), before);
    assert.ok(!existsSync(join(folder, 'stalls')));
  });
});
