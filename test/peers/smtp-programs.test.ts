/** smtp-source and smtp-sink beside the originals: the same dialogues, the same texts, the same ends, the same files. */
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {freePort} from '../../bench/mail-sides.ts';
import {dialogue, recordingServer, untilListening} from '../support/smtp-programs.ts';

const REAL = '/usr/sbin';
const OURS = fileURLToPath(new URL('../../bin', import.meta.url));
const USER = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];

const MAIL = ['EHLO me you', 'MAIL FROM:<a> SIZE=1', 'RCPT TO: <b>', 'RCPT <c>', 'DATA', 'x\r\n..\r\n.', 'QUIT'];

const DIALOGUES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [[], MAIL],
  [
    [],
    [
      'HELO a',
      'LHLO a',
      'NOOP x',
      'VRFY',
      'RSET',
      'AUTH x',
      'XCLIENT a',
      'XFORWARD a',
      'HELP',
      '',
      '  NOOP',
      '.',
      'connect',
    ],
  ],
  [[], ['RCPT TO:<x>', 'DATA', 'MAIL', 'MAIL', 'DATA', 'RCPT', 'EHLO', 'RCPT', 'quit now']],
  [['-L'], ['EHLO x', 'LHLO x', 'MAIL FROM:<a>', 'RCPT TO:<a>', 'RCPT TO:<b>', 'DATA', '.', 'QUIT']],
  [['-e'], ['EHLO x', 'HELO x']],
  [['-P'], ['EHLO x', 'HELO x']],
  [['-8aCEFNp'], ['EHLO x', 'XCLIENT x', 'XFORWARD x', 'AUTH x']],
  [
    ['-h', 'sink.example'],
    ['EHLO x', 'HELO x'],
  ],
  [
    ['-f', 'ehlo,MAIL .'],
    [...MAIL, '.'],
  ],
  [['-r', 'rcpt', '-b', '451 4.0.0 x', '-B', '555'], MAIL],
  [['-r', 'connect'], MAIL],
  [
    ['-L', '-f', '.'],
    ['LHLO x', 'MAIL FROM:<a>', 'RCPT TO:<a>', 'RCPT TO:<b>', 'DATA', '.', 'QUIT'],
  ],
  [['-q', 'connect'], []],
  [['-Q', 'connect'], []],
  [['-q', '.'], MAIL],
  [['-Q', 'data'], MAIL],
  [['-A', '0'], MAIL],
  [['-M', '1'], MAIL],
  [[], [`NOOP ${'x'.repeat(2041)}`, 'NOOP']],
  [[], [`NOOP ${'x'.repeat(2042)}`]],
  [[], ['NOOP\nNOOP', 'NOOP\r', 'NO\0OP']],
];

const BAD_SINKS: readonly (readonly string[])[] = [
  [],
  ['x'],
  ['-Z'],
  ['-h'],
  ['-f', 'nothing'],
  ['-W', 'mail'],
  ['-W', 'mail:0'],
  ['-W', 'mail:1:100'],
  ['-w', '0'],
  ['-A', 'x'],
  ['-t', '0'],
  ['-T', 'x'],
  ['-n', '0'],
  ['-m', 'x'],
  ['-M', '-1'],
  ['-H', 'x'],
  ['-b', '550 x'],
  ['-B', '5 x'],
  ['-d', 'a', '-D', 'b', '127.0.0.1:1', '1'],
  [...USER, '-6', '127.0.0.1:1', '1'],
  [...USER, '127.0.0.1', '1'],
  [...USER, '[::1:26', '1'],
  [...USER, '127.0.0.1:none', '1'],
  [...USER, 'unix:/none/there', '1'],
];

const SOURCES: readonly (readonly string[])[] = [
  [],
  ['-c', '-m', '3'],
  ['-d', '-m', '3', '-N', '-r', '2'],
  ['-L', '-M', '[127.0.0.1]'],
  ['-o'],
  ['-l', '10'],
  ['-l', '80'],
  ['-l', '2000'],
  ['-S', 'subject', '-f', '', '-t', 'a@b'],
  ['-F', 'FOLDER/body'],
  ['-F', 'FOLDER/empty', '-S', 'x'],
];

const BAD_SOURCES: readonly (readonly string[])[] = [
  ['x', 'y'],
  ['-Z'],
  ['-f'],
  ['-F', '/none'],
  ['-F', '/tmp'],
  ['-l', '3', '-F', '/etc/passwd'],
  ['-w', '1', '-R', '1'],
  ...['m', 's', 'r', 'C', 'l', 'R', 'w', 'T'].map(letter => [`-${letter}`, '0']),
  ...['', 'a b', '-x', 'a..b', '[1.2', '[1.2.3]', '[1.2.3.400]', '[ipv6:zz]', '1.2.3.4', 'a-.b'].map(name => [
    '-M',
    name,
  ]),
  ['127.0.0.1:1'],
  ['-C', '3', '127.0.0.1:1'],
  ['-6', '127.0.0.1:1'],
  ['127.0.0.1:none'],
  [':25'],
  ['[::1:25'],
  ['unix:/none'],
  [`unix:${'x'.repeat(200)}`],
];

const REPLIES: readonly Readonly<Record<string, string>>[] = [
  {connect: '421 away\r\n'},
  {HELO: '250-a\r\n250-b\n250 c\n'},
  {HELO: 'abc\r\n'},
  {MAIL: '550-a\r\n550 \x01b\r\n'},
  {RCPT: '450 no\r\n'},
  {DATA: '250 no\r\n'},
  {'.': '550 no\r\n'},
  {RCPT: ''},
  {QUIT: ''},
];

suite('smtp-source and smtp-sink beside the originals', () => {
  let folder = '';
  suiteSetup(function () {
    if (existsSync(`${REAL}/smtp-sink`)) return;
    console.log('      SKIPPED: the real smtp-sink is not installed');
    this.skip();
  });
  setup(() => {
    folder = mkdtempSync(join(tmpdir(), 'smtp-programs-'));
    chmodSync(folder, 0o777);
    writeFileSync(join(folder, 'body'), 'Subject: x\n\n.dot\n..two\r\nno end');
    writeFileSync(join(folder, 'empty'), '');
  });
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  /** The environment of our launchers is the test's; the originals are called by their names, which they print. */
  const run = (bin: string, name: string, args: readonly string[]) => {
    const env = {...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, LC_ALL: 'C'};
    const {status, stdout, stderr} = spawnSync(name, [...args], {env, encoding: 'latin1', timeout: 20_000});
    return {status, stdout, stderr};
  };

  async function withSink(
    bin: string,
    args: readonly string[],
    talk: (port: number) => Promise<string[]>,
  ): Promise<string[]> {
    const port = await freePort();
    const child = spawn(`${bin}/smtp-sink`, [...USER, ...args, `127.0.0.1:${port}`, '100'], {stdio: 'ignore'});
    try {
      await untilListening(port, child);
      return await talk(port);
    } finally {
      child.kill();
    }
  }

  for (const [args, lines] of DIALOGUES)
    test(`smtp-sink ${args.join(' ')}: ${JSON.stringify(lines).slice(0, 60)}`, async () => {
      const texts = lines.map(line => `${line}\r\n`);
      const [theirs, mine] = await Promise.all(
        [REAL, OURS].map(bin => withSink(bin, args, port => dialogue(port, texts, 150))),
      );
      assert.deepEqual(mine, theirs);
    });

  for (const args of [
    ['-D', 'all'],
    ['-d', 'one.'],
    ['-D', 'sub/%%all', '-S', 'START\\n\\t\\101'],
    ['-L', '-D', 'all'],
  ])
    test(`files of ${args.join(' ')}`, async () => {
      const texts = MAIL.map(line => `${line}\r\n`).map(text =>
        args[0] === '-L' ? text.replace('EHLO', 'LHLO') : text,
      );
      const kept: string[] = [];
      for (const bin of [REAL, OURS]) {
        const place = mkdtempSync(join(folder, 'dump-'));
        chmodSync(place, 0o777);
        const named = args.map((word, i) => (/^-[dD]$/.test(args[i - 1] ?? '') ? join(place, word) : word));
        await withSink(bin, named, port => dialogue(port, texts));
        const files = readdirSync(place, {recursive: true, encoding: 'utf8'}).filter(name => !/^sub$/.test(name));
        kept.push(files.map(name => `${name}:${readFileSync(join(place, name), 'latin1')}`).join(''));
      }
      const [theirs, mine] = kept.map(text =>
        text.replace(/[0-9a-f]{8}(?=[;:])/g, 'ID').replace(/\d\d:\d\d:\d\d/, 'TIME'),
      );
      assert.equal(mine, theirs);
      assert.notEqual(mine, '');
    });

  for (const args of BAD_SINKS)
    test(`smtp-sink ${args.join(' ')} complains`, () => {
      assert.deepEqual(run(OURS, 'smtp-sink', args), run(REAL, 'smtp-sink', args));
    });

  for (const args of BAD_SOURCES)
    test(`smtp-source ${args.join(' ').slice(0, 60)} complains`, () => {
      assert.deepEqual(run(OURS, 'smtp-source', args), run(REAL, 'smtp-source', args));
    });

  async function record(bin: string, args: readonly string[], replies: Readonly<Record<string, string>>) {
    const server = await recordingServer(replies);
    const child = spawn(`${bin}/smtp-source`, [...args, `127.0.0.1:${server.port}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = {stdout: '', stderr: ''};
    child.stdout.on('data', text => (output.stdout += String(text)));
    child.stderr.on('data', text => (output.stderr += String(text)));
    const status = await new Promise(resolve => child.once('close', resolve));
    server.close();
    const sent = server.sent.map(text =>
      text.replace(/<[0-9a-f]+\.0003/g, '<PID.0003').replace(/\d\d:\d\d:\d\d/g, 'TIME'),
    );
    return {status, sent, stdout: output.stdout, stderr: output.stderr.replace(/^\S*\/smtp-source/gm, 'smtp-source')};
  }

  for (const args of SOURCES)
    test(`smtp-source ${args.join(' ')}`, async () => {
      const own = args.map(word => word.replace('FOLDER', folder));
      assert.deepEqual(await record(OURS, own, {}), await record(REAL, own, {}));
    });

  for (const replies of REPLIES)
    for (const args of [[], ['-A', '-d', '-m', '2']])
      test(`smtp-source ${args.join(' ')} to ${JSON.stringify(replies)}`, async () => {
        assert.deepEqual(await record(OURS, args, replies), await record(REAL, args, replies));
      });
});
