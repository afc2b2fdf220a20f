/** What a daemon and all below it use: CPU time and memory, from /proc. */
import {readFileSync} from 'node:fs';

/** Clock ticks a second on Linux (USER_HZ). */
const TICKS = 100;

function family(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`).trim().split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(family)];
}

/** Seconds of user and system time, of those that live and those they have reaped. */
export function cpuSeconds(pid: number): number {
  return family(pid).reduce((sum, member) => sum + cpuOf(member), 0);
}

function cpuOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
  return stat === '' ? 0 : ((utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0)) / TICKS;
}

/** Megabytes: what is shared counts once in all. */
export function pssMb(pid: number): number {
  const kilobytes = family(pid).map(member =>
    Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${member}/smaps_rollup`))?.[1] ?? 0),
  );
  return kilobytes.reduce((sum, size) => sum + size, 0) / 1024;
}

/** Empty when the process has ended meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
