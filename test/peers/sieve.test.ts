/** sieve-test beside Pigeonhole's: traces, actions and exit status of some hundred scripts. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {sieveTest} from '../../src/commands/sieve-test.ts';
import {readSieveCases, RealSieve, requireRealSieve, shownRun} from '../support/real-sieve.ts';
import {runInProcess} from '../support/stdio.ts';

const MESSAGE = `From: Fred <fred@example.com>
To: Joe <joe+list@example.org>
Subject: Hello  World
Date: Mon, 02 Jan 2023 10:11:12 +0100
Message-ID: <m1@example.com>
X-Spam-Level: ********

Body here
lpi
`;

const EXTENSIONS = `plugin {
 sieve_extensions = +vacation-seconds +spamtest +spamtestplus +virustest +editheader +mboxmetadata +servermetadata +special-use +vnd.dovecot.debug +vnd.dovecot.environment +vnd.dovecot.report +imapflags +notify +vnd.dovecot.pipe +vnd.dovecot.filter +vnd.dovecot.execute
 sieve_plugins = sieve_extprograms
 sieve_execute_bin_dir = /nonexistent
 sieve_pipe_bin_dir = /nonexistent
 sieve_filter_bin_dir = /nonexistent
 sieve_env_foo = bar
 sieve_spamtest_status_type = score
 sieve_spamtest_status_header = X-Spam-Score: (-?[[:digit:]]+\\.[[:digit:]]).*$
 sieve_spamtest_max_value = 5.0
 sieve_virustest_status_type = text
 sieve_virustest_status_header = X-Virus-Scan: Found to be (.+)\\.
 sieve_virustest_text_value1 = clean
 sieve_virustest_text_value5 = infected
}
`;

const FOLDER = join(import.meta.dirname, 'sieve-cases');

suite('Sieve beside the original', function () {
  this.timeout(60_000);
  let real: RealSieve;
  suiteSetup(function () {
    requireRealSieve(this);
  });
  teardown(() => real.dispose());

  async function compareRuns(file: string): Promise<void> {
    const options = ['-C', '-t', '-', '-Tlevel=matching'];
    for (const {one, script, message, wanted} of real.answer(
      'sieve-test',
      readSieveCases(join(FOLDER, file)),
      options,
      MESSAGE,
    )) {
      const argv = ['-c', real.config, ...options, ...one.options, script, message];
      assert.equal(shownRun(await runInProcess(sieveTest, argv)), wanted, one.script);
    }
  }

  test('sieve-test does, traces and says the same', async () => {
    real = new RealSieve();
    await compareRuns('run.txt');
  });

  test('so it is with the extensions that are off by default', async () => {
    real = new RealSieve(EXTENSIONS);
    await compareRuns('extensions.txt');
  });
});
