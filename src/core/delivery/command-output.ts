/**
 * What a command's end means for the mail it was given: the exit statuses of sysexits.h, or an enhanced status code at
 * the start of its output, which takes precedence (local(8) EXTERNAL COMMAND DELIVERY).
 */
import type {Outcome} from '../queue/agent.ts';

/** As much output as a report carries. */
export const MAX_OUTPUT_BYTES = 4096;

/** How a command ended. `output` is what it wrote, made one printable line. */
export type CommandEnd =
  | {readonly kind: 'exit'; readonly status: number; readonly output: string}
  | {readonly kind: 'signal'; readonly signal: number; readonly output: string}
  | {readonly kind: 'time-out'; readonly output: string}
  /** It could not be started; `text` is what the child of the original says as its last words. */
  | {readonly kind: 'unstarted'; readonly output: string};

type Failure = Pick<Outcome, 'status' | 'text' | 'diagnostic'>;

/**
 * Undefined when the command did its work. `command` is what the report quotes. A code the command said may be of the
 * wrong class: `agree` sees to that.
 */
export function failureOf(end: CommandEnd, command: string): Failure | undefined {
  const tail = end.output === '' ? '' : `. Command output: ${end.output}`;
  switch (end.kind) {
    case 'time-out':
      return {status: '5.3.0', text: `Command time limit exceeded: "${command}"${tail}`, diagnostic: end.output};
    case 'signal':
      return {
        status: '4.3.0',
        text: `Command died with signal ${end.signal}: "${command}"${tail}`,
        diagnostic: end.output,
      };
    case 'unstarted':
      return {status: '4.3.0', text: `temporary failure${tail}`, diagnostic: end.output || 'temporary failure'};
    case 'exit':
      return end.status === 0 ? undefined : exitFailure(end, command, tail);
  }
}

function exitFailure(end: {status: number; output: string}, command: string, tail: string): Failure {
  const said = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+|$)/.exec(end.output);
  if (said?.[1] !== undefined) {
    const text = end.output.slice(said[0].length);
    return {status: said[1], text, diagnostic: text};
  }
  const known = SYSEXITS.get(end.status);
  if (known !== undefined) return {status: known[0], text: `${known[1]}${tail}`, diagnostic: end.output || known[1]};
  const diagnostic = end.output || `unknown mail system error ${end.status}`;
  return {status: '5.3.0', text: `Command died with status ${end.status}: "${command}"${tail}`, diagnostic};
}

/** sysexits.h, and what the original makes of each. */
const SYSEXITS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [64, ['5.3.0', 'command line usage error']],
  [65, ['5.6.0', 'data format error']],
  [66, ['5.3.0', 'cannot open input']],
  [67, ['5.1.1', 'user unknown']],
  [68, ['5.1.2', 'host name unknown']],
  [69, ['5.3.0', 'service unavailable']],
  [70, ['5.3.0', 'internal software error']],
  [71, ['4.3.0', 'system resource problem']],
  [72, ['5.3.0', 'critical OS file missing']],
  [73, ['5.2.0', "can't create user output file"]],
  [74, ['5.3.0', 'input/output error']],
  [75, ['4.3.0', 'temporary failure']],
  [76, ['5.5.0', 'remote error in protocol']],
  [77, ['5.7.0', 'permission denied']],
  [78, ['5.3.5', 'local configuration error']],
]);

/** Line ends and tabs become blanks, other control characters `_`. */
export function printableOutput(bytes: Buffer): string {
  let out = '';
  for (const byte of bytes) {
    if (byte === 0x0a || byte === 0x09) out += ' ';
    else out += byte < 0x20 || byte === 0x7f ? '_' : String.fromCharCode(byte);
  }
  return out;
}
