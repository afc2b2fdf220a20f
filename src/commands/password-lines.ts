/** Lines of standard input one by one, as passwords are typed: at a terminal without showing them. */
import type {Stdio} from '../core/base/tool.ts';

export interface Lines {
  /** Without its line end; undefined at the end of the input. */
  next(): Promise<string | undefined>;
}

export function readLines({stdin}: Stdio): Lines {
  const chunks = stdin[Symbol.asyncIterator]();
  let rest = '';
  return {
    async next() {
      while (!rest.includes('\n')) {
        const {done, value} = await chunks.next();
        if (done === true) {
          const last = rest;
          rest = '';
          return last === '' ? undefined : last;
        }
        rest += value.toString('latin1');
      }
      const end = rest.indexOf('\n');
      const line = rest.slice(0, end).replace(/\r$/, '');
      rest = rest.slice(end + 1);
      return line;
    },
  };
}
