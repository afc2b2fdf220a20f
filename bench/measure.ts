/** What the benchmarks share: medians, alternation, peak memory of a child, and how a result line looks. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Prints `name  figure  (goal: ...)  ok|MISSED`. */
export function result(name: string, figure: string, goal: string, isReached: boolean): void {
  console.log(`${name.padEnd(58)} ${figure.padEnd(34)} goal ${goal.padEnd(22)} ${isReached ? 'ok' : 'MISSED'}`);
}

/** Milliseconds of one run; throws when its exit status isn't 0. */
export function timeRun(command: string, args: readonly string[], env: NodeJS.ProcessEnv, input = ''): number {
  const begin = performance.now();
  const done = spawnSync(command, [...args], {input, env, maxBuffer: 1 << 28});
  const took = performance.now() - begin;
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.status} ${done.stderr.toString()}`);
  return took;
}

/**
 * Runs a Node launcher and answers its time and peak resident memory (MB), told by itself at its exit: VmHWM, as the
 * maximum of getrusage(2) includes what the parent had when it forked.
 */
export function peakOfRun(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input: string | Buffer = '',
): {ms: number; peakMb: number} {
  const folder = mkdtempSync(join(tmpdir(), 'posthorn-peak-'));
  try {
    const hook = join(folder, 'hook.cjs');
    const report = join(folder, 'peak');
    writeFileSync(
      hook,
      `process.on('exit', () => { const fs = require('fs'); fs.appendFileSync(${JSON.stringify(report)}, /VmHWM:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/status'))[1] + '\\n'); });`,
    );
    const begin = performance.now();
    const done = spawnSync(command, [...args], {
      input,
      env: {...env, NODE_OPTIONS: `--require=${hook}`},
      stdio: ['pipe', 'ignore', 'pipe'],
      maxBuffer: 1 << 28,
    });
    const ms = performance.now() - begin;
    if (done.status !== 0) throw new Error(`${command}: ${done.status} ${done.stderr.toString()}`);
    const peaks = readFileSync(report, 'utf8').trim().split('\n').map(Number);
    return {ms, peakMb: Math.max(...peaks) / 1024};
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/** The peak resident memory of a running process so far, in MB (Linux VmHWM). */
export function peakOfProcess(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
}
