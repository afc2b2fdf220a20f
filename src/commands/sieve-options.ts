/** What the Sieve tools have in common: their options, and how they end (exit status 89, Dovecot's FATAL_DEFAULT). */
import {FatalError} from '../core/base/errors.ts';
import {EX_USAGE} from '../core/base/exit-status.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio} from '../core/base/tool.ts';

export const FATAL = 89;

export interface SieveOptions {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** Options may stand behind operands, up to `--`. Throws `SieveFatal`. */
export function readSieveOptions(
  argv: readonly string[],
  letters: string,
  tool: string,
  usage: string,
  stdio: Stdio,
): SieveOptions {
  const flags = new Map<string, string[]>();
  const reader = new OptionReader(argv, letters);
  const operands: string[] = [];
  while (reader.index < argv.length) {
    const read = reader.next();
    if (read === undefined) {
      const isEnd = argv[reader.index - 1] === '--';
      const end = isEnd ? argv.length : reader.index + 1;
      operands.push(...argv.slice(reader.index, end));
      reader.index = end;
      continue;
    }
    if (read.option === '?' || read.option === ':') {
      const what = read.option === '?' ? 'invalid option' : 'option requires an argument';
      stdio.stdout.write(usage);
      stdio.stderr.write(`${tool}: ${what} -- '${read.letter}'\n`);
      throw new SieveFatal('Unknown argument: ?', EX_USAGE);
    }
    const values = flags.get(read.option);
    if (values === undefined) flags.set(read.option, [read.value]);
    else values.push(read.value);
  }
  if ((flags.get('x')?.length ?? 0) > 1)
    throw new SieveFatal('duplicate -x option specified, but only one allowed.', EX_USAGE);
  return {flags, operands};
}

export function warnUnknown(tool: string, stdio: Stdio, extension: string): void {
  stdio.stderr.write(
    `${tool}: Warning: sieve: ignored unknown extension '${extension}' while configuring available extensions\n`,
  );
}

/** Printed as Dovecot prints it: `TOOL: Fatal: TEXT`. */
export class SieveFatal extends FatalError {
  constructor(text: string, status = FATAL) {
    super(text, status);
  }
}

/** Runs a tool's work; its end by `SieveFatal` in Dovecot's form. */
export async function sieveMain(tool: string, stdio: Stdio, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (fault) {
    if (!(fault instanceof SieveFatal)) throw fault;
    stdio.stderr.write(`${tool}: Fatal: ${fault.message}\n`);
    return fault.exitStatus;
  }
}
