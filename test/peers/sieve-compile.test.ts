/** sievec beside Pigeonhole's: the errors and warnings of some hundred scripts, and the exit status. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {sievec} from '../../src/commands/sievec.ts';
import {readSieveCases, RealSieve, requireRealSieve, shownRun} from '../support/real-sieve.ts';
import {runInProcess} from '../support/stdio.ts';

const FOLDER = join(import.meta.dirname, 'sieve-cases');

suite('sievec beside the original', function () {
  this.timeout(60_000);
  let real: RealSieve | undefined;
  suiteSetup(function () {
    requireRealSieve(this);
  });
  teardown(() => real?.dispose());

  test('sievec finds the same errors and warnings', async () => {
    real = new RealSieve();
    const cases = readSieveCases(join(FOLDER, 'compile.txt'));
    for (const {one, script, wanted} of real.answer('sievec', cases, [], ''))
      assert.equal(
        shownRun(await runInProcess(sievec, ['-c', real.config, ...one.options, script])),
        wanted,
        one.script,
      );
  });
});
