/** The options that postmap(1) and postalias(1) share. */
import {FatalError} from '../core/base/errors.ts';
import {OptionReader} from '../core/base/getopt.ts';
import type {Stdio} from '../core/base/tool.ts';

export interface MapOptions {
  readonly directory: string | undefined;
  readonly deleteKey: string | undefined;
  readonly queryKey: string | undefined;
  readonly lists: boolean;
  readonly flags: ReadonlySet<string>;
  readonly maps: readonly string[];
}

export function readMapOptions(
  name: string,
  letters: string,
  usage: string,
  argv: readonly string[],
  stdio: Stdio,
): MapOptions {
  const reader = new OptionReader(argv, letters);
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const used = (): boolean => values.has('q') || values.has('d') || flags.has('s');
  const fail = (): never => {
    throw new FatalError(`usage: ${name} ${usage}`);
  };
  for (let read = reader.next(); read !== undefined; read = reader.next()) {
    const {option, value, letter} = read;
    if (option === '?' || option === ':') {
      const what = option === '?' ? 'invalid option' : 'option requires an argument';
      stdio.stderr.write(`${name}: ${what} -- '${letter}'\n`);
      fail();
    }
    if ((option === 'q' || option === 'd') && used()) throw new FatalError('specify only one of -s -q or -d');
    if (option === 's' && used()) throw new FatalError('specify only one of -s or -q or -d');
    if (option === 'q' || option === 'd' || option === 'c') values.set(option, value);
    else flags.add(option);
  }
  const [deleteKey, queryKey, directory] = ['d', 'q', 'c'].map(letter => values.get(letter));
  const isMessage = ['b', 'h', 'm'].some(flag => flags.has(flag));
  if (isMessage && queryKey !== '-') throw new FatalError('specify -b -h or -m only with "-q -"');
  const maps = reader.operands();
  if (maps.length === 0) fail();
  return {directory, deleteKey, queryKey, lists: flags.has('s'), flags, maps};
}
