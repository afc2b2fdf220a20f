/** procmail and formail with mail that means harm: what it costs, and that none of it is lost. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir, userInfo} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const bin = (name: string): string => fileURLToPath(new URL(`../../bin/${name}`, import.meta.url));

const FROM = 'From a@b  Mon Jan  1 00:00:00 2024\n';
const HEADERS = `${FROM}${Array.from({length: 1_000_000}, (_, index) => `X-H${index % 1000}: v\n`).join('')}\nbody\n`;
const LINE = `${FROM}Subject: ${'a'.repeat(5_000_000)}\n\n${'\0'.repeat(1_000_000)}\nFrom x\n`;

const RC = `:0
* ^Subject:.*(a+)+(a|aa)*(a*)*b
no
:0 B
* (a*)*(a*)*(a*)*\\/.*(x+x+)+y
no
:0
* 1^1 ^X-H1[0-9]*:
* 1^.5 a+
{ }
:0
* ^Subject: \\/.*
{ }
:0
box
`;

suite('procmail and mail that means harm', function () {
  this.timeout(60_000);
  let room: string;
  setup(() => {
    room = mkdtempSync(join(tmpdir(), 'procmail-'));
    for (const folder of ['var/mail', `home/${userInfo().username}`]) mkdirSync(join(room, folder), {recursive: true});
  });
  teardown(() => {
    rmSync(room, {recursive: true});
  });

  const run = (program: string, args: string[], input: string, seconds = 30): [number | null, string, string] => {
    const {status, stdout, stderr} = spawnSync(bin(program), args, {
      cwd: room,
      input: Buffer.from(input, 'latin1'),
      env: {PATH: process.env.PATH, HOME: room, POSTHORN_HOME: room},
      encoding: 'latin1',
      maxBuffer: 100_000_000,
      timeout: seconds * 1000,
    });
    return [status, stdout, stderr];
  };
  const procmail = (rc: string, message: string, ...args: string[]): [number | null, string, string] => {
    writeFileSync(join(room, 'rc'), rc);
    return run('procmail', [...args, `MAILDIR=${room}`, `DEFAULT=${room}/default`, join(room, 'rc')], message);
  };
  const read = (name: string): string => readFileSync(join(room, name), 'latin1');

  test('a million header fields, past expressions that ruin a backtracking matcher', () => {
    assert.deepEqual(procmail(RC, HEADERS), [0, '', '']);
    assert.equal(read('box'), `${HEADERS}\n`);
  });

  test('a line of five million bytes, and a million NULs', () => {
    assert.deepEqual(procmail(RC, LINE), [0, '', '']);
    assert.equal(read('box'), `${LINE.replace('\nFrom x', '\n>From x')}\n`);
  });

  test('formail with them', () => {
    assert.deepEqual(run('formail', ['-s', 'cat'], LINE), [0, `${LINE.replace('\nFrom x', '\n>From x')}\n`, '']);
    const [status, stdout] = run('formail', ['-I', 'X-H1:', '-a', 'X-New: y'], HEADERS);
    assert.equal(status, 0);
    assert.equal(stdout, HEADERS.replaceAll('X-H1: v\n', '').replace('\n\n', '\nX-New: y\n\n') + '\n');
  });

  test('an rc file that goes round in circles ends', () => {
    const [status, , stderr] = procmail('INCLUDERC=$MAILDIR/rc\n', 'Subject: x\n\nx\n');
    assert.equal(status, 0);
    assert.notEqual(stderr, '');
    assert.match(read('default'), /^Subject: x\n\nx\n\n$/);
  });

  test('text of the mail that reaches a command is no command', () => {
    const rc = ':0\n* ^Subject: \\/.*\n| echo "$MATCH" >> out; cat > /dev/null\n';
    assert.deepEqual(procmail(rc, 'Subject: $(touch bad);`touch bad`\n\nx\n'), [0, '', '']);
    assert.equal(read('out'), '$(touch bad);`touch bad`\n');
    assert.equal(existsSync(join(room, 'bad')), false);
  });

  test('a command that fills the pipe while the mail fills the other', () => {
    const rc = ':0fw\n| yes filtered | head -c 3000000; cat > /dev/null\n:0\nbox\n';
    assert.deepEqual(procmail(rc, LINE), [0, '', '']);
    assert.equal(statSync(join(room, 'box')).size > 3_000_000, true);
  });
});
