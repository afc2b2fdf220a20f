/** What strangers do to an SMTP server: each is answered, nobody else waits for it, and nothing acknowledged is lost. */
import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {setTimeout as pause} from 'node:timers/promises';
import {Home, until} from '../support/home.ts';
import {bdat, content, CUT, playDialogue, rest, send, UNTIL_CLOSED, type Step} from '../support/smtp-dialogue.ts';
import {freePorts} from '../support/free-ports.ts';
import {untilListening} from '../support/smtp-sides.ts';

const EHLO = 'EHLO client.example.net';
const MAIL = 'MAIL FROM:<sender@example.org>';
const RCPT = 'RCPT TO:<alice@example.com>';
const DATA: readonly Step[] = [EHLO, MAIL, RCPT, 'DATA'];

/** Everything that some server took for the end of a message which another server did not. */
const FALSE_ENDS: readonly string[] = [
  '\n.\n',
  '\n.\r\n',
  '\r\n.\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\n.\r',
  '\r.\n',
  '\r\r\n.\r\r\n',
  '\r\n.\r\r\n',
  '\r\r\n.\n',
  '\n\n.\r\n',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\n\x0b.\r\n',
  '\r\n. \r\n',
  '\r\n .\r\n',
  '\x85.\x85',
  '\r\n\xef\xbc\x8e\r\n',
  '\x8d\x8a.\x8d\x8a',
];

const ODD_LOCAL_PARTS: readonly string[] = [
  '"',
  '"a',
  '"a\\"b"',
  '%',
  'a%b%c',
  '!',
  'a!b!c',
  '|/bin/sh',
  '"|/bin/sh -c id"',
  '/etc/passwd',
  '../../etc/passwd',
  ':include:/etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\x01\x02\x1b[31m',
  '\x7f',
  '\x00',
  '\xff\xfe',
  '\xc3\xbc',
  '$(id)',
  '`id`',
  '%s%n%x',
  '-oQ/tmp',
  '*',
  '.',
  '..',
  'a'.repeat(5000),
];

suite('an SMTP server among strangers', function () {
  this.timeout(60_000);
  let home: Home;
  let [port, hasty, encrypted]: readonly number[] = [];

  suiteSetup(async () => {
    [port, hasty, encrypted] = await freePorts(3);
    home = new Home(['alice']);
    home.configure(
      [
        'myhostname = mail.example.com',
        'mydestination = $myhostname, example.com',
        'mynetworks = 127.2.0.0/16',
        'smtpd_peername_lookup = no',
        'local_recipient_maps =',
        'smtpd_error_sleep_time = 0',
        'smtpd_client_connection_count_limit = 0',
        'default_process_limit = 2000',
        'home_mailbox = Maildir/',
        'luser_relay = alice',
      ].join('\n'),
    );
    const rows = [
      `127.0.0.1:${port} inet n - n - - smtpd -o smtpd_hard_error_limit=1000 -o smtpd_junk_command_limit=1000`,
      `127.0.0.1:${hasty} inet n - n - - smtpd -o smtpd_timeout=2s -o smtpd_per_request_deadline=yes`,
      `127.0.0.1:${encrypted} inet n - n - - smtpd -o smtpd_tls_security_level=may`,
    ];
    home.write(
      'etc/postfix/master.cf',
      `${readFileSync(home.path('etc/postfix/master.cf'), 'latin1')}${rows.join('\n')}\n`,
    );
    await home.start();
    for (const one of [port, hasty, encrypted]) await untilListening(one ?? 0);
  });

  suiteTeardown(async () => await home?.dispose());

  const play = async (steps: readonly Step[], options: {from?: string; at?: number} = {}): Promise<string[]> =>
    await playDialogue(steps, {
      port: options.at ?? port ?? 0,
      from: options.from ?? '127.1.0.1',
      replyMilliseconds: 20_000,
    });

  /** Another client is served meanwhile, and soon. */
  async function isServed(within = 2000): Promise<void> {
    const start = performance.now();
    const transcript = await play([EHLO, MAIL, RCPT], {from: '127.1.0.99'});
    assert.ok(transcript.includes('S: 250 2.1.5 Ok'), transcript.join('\n'));
    assert.ok(performance.now() - start < within, `took ${performance.now() - start} ms`);
  }

  function queued(transcript: readonly string[]): number {
    return transcript.filter(line => line.includes('queued as')).length;
  }

  test('no false end of a message is one', async () => {
    const smuggled = 'MAIL FROM:<smuggled@example.org>\r\nRCPT TO:<alice@example.com>\r\nDATA\r\nSubject: smuggled\r\n';
    await Promise.all(
      FALSE_ENDS.map(async end => {
        const said = await play([...DATA, send(`Subject: x\r\n\r\nbody${end}${smuggled}\r\n.\r\n`), 'NOOP']);
        const replies = said.filter(line => /^S: \d/.test(line)).slice(-3);
        assert.deepEqual(
          replies.slice(1),
          ['S: 250 2.0.0 Ok', 'S: 221 2.0.0 Bye'],
          `${JSON.stringify(end)}\n${said.join('\n')}`,
        );
        assert.equal(queued(said), 1, JSON.stringify(end));
      }),
    );
  });

  test('a line that never ends takes no memory, and nobody waits for it', async () => {
    const socket = await open(port ?? 0);
    const piece = Buffer.alloc(1 << 20, 'x');
    const before = memoryOf(home);
    let served = Promise.resolve();
    for (let i = 0; i < 100; i++) {
      if (i === 20) served = isServed();
      if (socket.destroyed || !socket.writable) break;
      if (!socket.write(piece)) await new Promise(resolve => void socket.once('drain', resolve));
    }
    await served;
    assert.ok(memoryOf(home) - before < 100_000, `grew by ${memoryOf(home) - before} KB`);
    socket.destroy();
  });

  test('a line that never ends in a message, likewise', async () => {
    const before = memoryOf(home);
    const said = await play([...DATA, send(`${'x'.repeat(30_000_000)}\r\n.\r\n`)]);
    assert.ok(
      said.some(line => line.startsWith('S: 552 5.3.4')),
      said.slice(-3).join('\n').slice(0, 500),
    );
    assert.ok(memoryOf(home) - before < 150_000, `grew by ${memoryOf(home) - before} KB`);
    await isServed();
  });

  test('of a hundred thousand recipients, smtpd_recipient_limit are taken', async () => {
    const lines = Array.from({length: 100_000}, (_none, i) => `RCPT TO:<u${i}@example.com>\r\n`).join('');
    const before = memoryOf(home);
    const said = await play([EHLO, MAIL, send(lines, 100_000)]);
    assert.equal(said.filter(line => line === 'S: 250 2.1.5 Ok').length, 1000);
    assert.ok(said.some(line => line.startsWith('S: 452 4.5.3')));
    assert.ok(
      said.some(line => line.startsWith('S: 421 4.7.0')),
      said.slice(-2).join('\n'),
    );
    assert.ok(memoryOf(home) - before < 150_000, `grew by ${memoryOf(home) - before} KB`);
  });

  test('a million headers are a message that is too big or is taken, and others are served', async () => {
    const headers = 'X: y\r\n'.repeat(1_000_000);
    const sending = play([...DATA, send(`${headers}\r\n.\r\n`)]);
    await isServed(5000);
    const said = await sending;
    assert.match(said.at(-4) ?? '', /^S: (?:250 2\.0\.0|552 5\.3\.4)|^C:/);
  });

  test('a client that sends a byte at a time meets the deadline', async () => {
    const bytes = [...'EHLO client.example.net'].flatMap(letter => [send(letter, 0), rest(200)]);
    const start = performance.now();
    const said = await play([...bytes, UNTIL_CLOSED], {at: hasty ?? 0});
    assert.ok(
      said.some(line => line.startsWith('S: 421 4.4.2')),
      said.slice(-3).join('\n'),
    );
    assert.ok(performance.now() - start < 8000);
  });

  test('a client whose content comes a few bytes at a time meets smtpd_min_data_rate, and leaves nothing', async () => {
    const bytes = Array.from({length: 25}, () => [send('slow\r\n', 0), rest(200)]).flat();
    const start = performance.now();
    const said = await play([...DATA, ...bytes, UNTIL_CLOSED], {at: hasty ?? 0});
    assert.ok(performance.now() - start < 15_000);
    assert.equal(queued(said), 0);
    assert.match(home.log(), /timeout after DATA \(\d+ bytes\) from \S+\[127\.1\.0\.1\]/);
    assert.ok(!home.messages('alice').some(text => text.includes('slow')));
  });

  test('a client that says nothing is sent away', async () => {
    const said = await play([UNTIL_CLOSED], {at: hasty ?? 0});
    assert.deepEqual(said.slice(-2), ['S: 421 4.4.2 mail.example.com Error: timeout exceeded', 'S: (closed)']);
  });

  test('a thousand clients that say nothing leave room for one that speaks', async () => {
    const before = memoryOf(home);
    const sockets = await Promise.all(
      Array.from({length: 1000}, async (_none, i) => await open(port ?? 0, `127.4.${i % 4}.${(i >> 2) + 1}`)),
    );
    await isServed(4000);
    assert.ok(memoryOf(home) - before < 100_000, `grew by ${memoryOf(home) - before} KB`);
    for (const socket of sockets) socket.destroy();
  });

  test('what was sent in plain text behind STARTTLS is forgotten', async () => {
    const inject = `STARTTLS\r\n${MAIL}\r\n${RCPT}\r\n`;
    const said = await play([EHLO, send(inject), {kind: 'handshake'}, 'NOOP', 'RCPT TO:<alice@example.com>'], {
      at: encrypted ?? 0,
    });
    const secure = said.slice(said.findIndex(line => line.startsWith('--')));
    assert.deepEqual(
      secure.filter(line => line.startsWith('S: ')).slice(0, 2),
      ['S: 250 2.0.0 Ok', 'S: 503 5.5.1 Error: need MAIL command'],
      said.join('\n'),
    );
  });

  test('garbage is answered with errors, and the session goes on or ends', async () => {
    await Promise.all(
      [
        '\0'.repeat(1000),
        '\xff'.repeat(1000),
        '\x16\x03\x01\x02\0\x01\0',
        '\r\r\r\n',
        '\n\n\n',
        '\x1b]0;x\x07',
        '('.repeat(2000),
        '"'.repeat(2001),
        '\\'.repeat(1999),
        '<'.repeat(1999),
      ].map(async garbage => {
        const said = await play([send(`${garbage}\r\n`), send(`MAIL FROM:<${garbage}>\r\n`, 1), 'NOOP']);
        assert.ok(
          !said.some(line => line.startsWith('S: 421 4.3.0')),
          `${JSON.stringify(garbage.slice(0, 9))}\n${said.join('\n')}`,
        );
      }),
    );
    await isServed();
    assert.doesNotMatch(home.log(), /TypeError|RangeError|at file:|panic:/);
  });

  test('addresses of every odd kind are answered and end nowhere but in a mailbox', async () => {
    await Promise.all(
      ODD_LOCAL_PARTS.map(async part => {
        const said = await play([
          EHLO,
          `MAIL FROM:<${part}@example.org>`,
          'RSET',
          MAIL,
          `RCPT TO:<${part}@example.com>`,
          `RCPT TO:<${part}>`,
          `VRFY ${part}`,
          'RSET',
        ]);
        for (const line of said.filter(one => one.startsWith('S: ')))
          assert.match(line, /^S: (?:2|5|421|45\d|\(closed)/);
        assert.ok(!said.some(line => line.includes('421 4.3.0')), said.join('\n'));
      }),
    );
    assert.doesNotMatch(home.log(), /TypeError|RangeError|at file:|panic:|[\x00-\x08\x0b-\x1f]/);
    await isServed();
  });

  test('a client that goes away at any byte leaves no file, and nothing it was not told of', async () => {
    const bytes = `${EHLO}\r\n${MAIL}\r\n${RCPT}\r\nDATA\r\nSubject: cut\r\n\r\nbody\r\n.\r\n`;
    const before = home.messages('alice').filter(text => text.includes('Subject: cut')).length;
    const told = await Promise.all(
      Array.from({length: bytes.length + 1}, async (_none, at) => {
        const said = await play([send(bytes.slice(0, at), 0), ...(at % 3 === 0 ? [rest(20)] : []), CUT], {
          from: `127.5.0.${(at % 250) + 1}`,
        });
        return queued(said);
      }),
    );
    assert.equal(
      told.reduce((sum, one) => sum + one, 0),
      0,
    ); // all were cut before the reply was read
    await until(() => filesBelow(home.path('var/spool/postfix/incoming')).length === 0, 15_000, 'incoming to be empty');
    for (const text of home.messages('alice').filter(one => one.includes('Subject: cut')))
      assert.match(text, /body\n$/);
    assert.ok(home.messages('alice').filter(text => text.includes('Subject: cut')).length - before <= 1);
  });

  test('a chunk that is cut is no message', async () => {
    await play([EHLO, MAIL, RCPT, bdat('Subject: half\r\n\r\n'), send('BDAT 100 LAST\r\nhalf', 0), CUT]);
    await pause(300);
    assert.ok(!home.messages('alice').some(text => text.includes('Subject: half')));
  });

  test('what was acknowledged arrives, though the server is killed again and again', async () => {
    let acknowledged: string[] = [];
    const isOver = performance.now() + 6000;
    let serial = 0;
    const sender = async (): Promise<void> => {
      while (performance.now() < isOver) {
        const name = `kill-${serial++}`;
        const said = await play([...DATA, content(`Subject: ${name}\n\n${'text\n'.repeat(50)}END`)]).catch(
          () => [] as string[],
        );
        if (queued(said) === 1) acknowledged = [...acknowledged, name];
        else await pause(50);
      }
    };
    const killer = async (): Promise<void> => {
      while (performance.now() < isOver) {
        await pause(1200);
        for (const pid of home.descendantPids()) if (nameOf(pid).includes('smtpd')) process.kill(pid, 'SIGKILL');
      }
    };
    await Promise.all([sender(), sender(), sender(), killer()]);
    assert.ok(acknowledged.length > 5, `only ${acknowledged.length} were taken`);
    await until(
      () => {
        const there = new Set(home.messages('alice').map(text => /^Subject: (kill-\d+)$/m.exec(text)?.[1]));
        return acknowledged.every(name => there.has(name));
      },
      30_000,
      'all acknowledged messages',
    );
    for (const text of home.messages('alice').filter(one => one.includes('Subject: kill-')))
      assert.match(text, /END\n$/);
  });
});

function open(port: number, from = '127.1.0.2'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({port, host: '127.0.0.1', localAddress: from});
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined); // the server may go first
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Resident kilobytes of the SMTP server's process. */
function memoryOf(home: Home): number {
  const pids = home.descendantPids().filter(pid => nameOf(pid).includes('smtpd'));
  return pids.reduce(
    (sum, pid) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0),
    0,
  );
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // it ended in between
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true}).flatMap(entry =>
    entry.isFile() ? [entry.name] : [],
  );
}
