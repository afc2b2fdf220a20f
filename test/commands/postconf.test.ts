/** What postconf has beyond the original: -j, and the class of our own parameters. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {postconf} from '../../src/commands/postconf.ts';
import {runInProcess} from '../support/stdio.ts';

const MAIN = 'myorigin = a,\n  $own "q"\nown = x\xe9\n';
const MASTER = 'smtp unix - - n - - smtp\n  -v -o own=y -o { relayhost = a b }\n';

const ANSWERS: readonly (readonly [args: string, stdout: string])[] = [
  ['-j myorigin', '{"name":"myorigin","value":"a, $own \\"q\\""}\n'],
  ['-jx own myorigin', '{"name":"own","value":"x\xe9"}\n{"name":"myorigin","value":"a, x\xe9 \\"q\\""}\n'],
  ['-jH own', '{"name":"own"}\n'],
  ['-jd relayhost', '{"name":"relayhost","value":""}\n'],
  [
    '-Mj smtp/unix',
    '{"service":"smtp","type":"unix","private":"-","unprivileged":"-","chroot":"n","wakeup":"-","process_limit":"-",' +
      '"command":"smtp","arguments":["-v","-o","own=y","-o","relayhost=a b"]}\n',
  ],
  ['-Fj smtp/unix/chroot', '{"service":"smtp","type":"unix","field":"chroot","value":"n"}\n'],
  [
    '-Fj smtp/unix/command',
    '{"service":"smtp","type":"unix","field":"command","value":"smtp -v -o own=y -o {relayhost=a b}"}\n',
  ],
  [
    '-Pj',
    '{"service":"smtp","type":"unix","name":"own","value":"y"}\n' +
      '{"service":"smtp","type":"unix","name":"relayhost","value":"a b"}\n',
  ],
  ['-PjH smtp/unix/own', '{"service":"smtp","type":"unix","name":"own"}\n'],
  ['-T public-key-algorithms', 'dsa\necdsa\nrsa\n'],
];

suite('postconf', () => {
  let folder = '';
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-postconf-'));
    writeFileSync(join(folder, 'main.cf'), MAIN, 'latin1');
    writeFileSync(join(folder, 'master.cf'), MASTER);
  });
  teardown(() => rmSync(folder, {recursive: true}));

  for (const [args, stdout] of ANSWERS)
    test(args, async () => {
      const run = await runInProcess(postconf, ['-c', folder, ...args.split(' ')]);
      assert.deepEqual(run, {status: 0, stdout, stderr: ''});
    });

  test('-T names the version of the TLS library', async () => {
    const {stdout} = await runInProcess(postconf, ['-T', 'run-version']);
    assert.match(stdout, /^OpenSSL \d+\.\d+\.\d+/);
  });

  test('-C posthorn: what the original does not have, and no more', async () => {
    const {stdout} = await runInProcess(postconf, ['-c', folder, '-dH', '-C', 'posthorn']);
    assert.ok(stdout.includes('posthorn_'));
    const golden = readFileSync(new URL('../golden/postconf-defaults.txt', import.meta.url), 'utf8');
    for (const name of stdout.trim().split('\n')) assert.ok(!golden.includes(`\n${name} =`), name);
  });

  for (const args of ['-j -e a=b', '-j -X a', '-j -m'])
    test(`${args} do not go together`, async () => {
      const {status} = await runInProcess(postconf, ['-c', folder, ...args.split(' ')]);
      assert.equal(status, 1);
    });
});
