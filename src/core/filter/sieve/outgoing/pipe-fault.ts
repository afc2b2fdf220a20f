/** What a user is told of a program that has not taken the message; the server's log has the rest. */
import type {ProgramResult} from '../run/environment.ts';

/** undefined: it has taken it. `now` in milliseconds since 1970. */
export function pipeFault(program: string, result: ProgramResult | undefined, now: number): string | undefined {
  if (result?.status === 0) return undefined;
  const what = result?.status === undefined || result.wasKilled === true ? 'pipe message' : 'execute';
  return `failed to ${what} to program \`${program}': refer to server log for more information. [${localStamp(now)}]`;
}

/** In the zone of the process: `2023-01-02 10:11:12`. */
function localStamp(now: number): string {
  const date = new Date(now - new Date(now).getTimezoneOffset() * 60_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}
