/** How doveconf reads files, beside the original. */
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {doveconfSuites, runDoveconf} from '../support/doveconf-beside.ts';
import {realDoveconfRuns} from '../support/real-doveconf.ts';
import {readingCases} from './doveconf-cases.ts';

suite('doveconf beside the original: reading', () => {
  doveconfSuites(readingCases);

  test('the sieve capabilities count as set, as they do where ManageSieve is installed', async () => {
    const lists = [['-n'], ['-a'], ['-S'], ['-N', '-S'], ['-s'], ['-d']].map(each => [...each, '-c', 'dovecot.conf']);
    const originals = realDoveconfRuns(
      lists.map(args => ({args, config: ''})),
      '.',
      true,
    );
    writeFileSync('dovecot.conf', '');
    for (const [i, args] of lists.entries()) assert.deepEqual(await runDoveconf(args), originals[i], args.join(' '));
  });
});
