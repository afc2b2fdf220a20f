/** What clients must not be able to do: eat memory, stall others, smuggle commands, break the server. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Duplex, PassThrough} from 'node:stream';
import {createDeflateRaw, createInflateRaw, constants} from 'node:zlib';
import {StreamWire} from '../../../src/core/net/stream-wire.ts';
import type {MailStore} from '../../../src/core/mailbox/mail-store.ts';
import {plainLogin} from '../../support/imap-login.ts';
import {openTestStore, type OurImap, startOurImap} from '../../support/our-imap.ts';

suite('a hostile IMAP client', () => {
  let home: string;
  const open = (): Promise<MailStore> => openTestStore(home);

  setup(() => (home = mkdtempSync(join(tmpdir(), 'imap-hostile-'))));
  teardown(() => rmSync(home, {recursive: true, force: true}));

  /** All that is heard when this is said and the connection then ends. */
  async function hear(said: readonly (string | Buffer)[], imap: OurImap = startOurImap(open)): Promise<string> {
    let heard = '';
    imap.output.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    for (const bytes of said) {
      if (!imap.input.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes))
        await Promise.race([once(imap.input, 'drain'), imap.done]);
    }
    imap.input.end();
    await imap.done;
    return heard.replace(/ \(\d+\.\d+ \+ \d+\.\d+ secs\)/g, '');
  }

  /** Without the greeting. */
  function afterGreeting(heard: string): string[] {
    return heard.split('\r\n').slice(1, -1);
  }

  test('a dialogue in single bytes goes as in one piece', async () => {
    const said =
      'a CREATE x\r\nb APPEND x {5+}\r\nhello {3+}\r\nabc\r\nc SELECT "x"\nd FETCH 1:2 (BODY.PEEK[])\r\ne LOGOUT\r\n';
    const whole = afterGreeting(await hear([said]));
    rmSync(join(home, 'Maildir'), {recursive: true});
    const pieces = afterGreeting(await hear([...said]));
    const same = (lines: readonly string[]): string[] =>
      lines.map(line => line.replace(/(UIDVALIDITY|APPENDUID|HIGHESTMODSEQ) \d+/, '$1'));
    assert.deepEqual(same(pieces), same(whole));
    assert.ok(whole.includes('* 1 FETCH (BODY[] {5}'));
  });

  test('a line without an end is refused once, and its rest is passed over', async () => {
    const long = Buffer.alloc(1_000_000, 'x');
    const heard = afterGreeting(await hear(['a SELECT ', long, long, long, '\r\nb NOOP\r\n']));
    assert.deepEqual(heard, ['a BAD Error in IMAP command SELECT: Too long argument.', 'b OK NOOP completed.']);
  });

  test('a literal larger than a command may be ends the session', async () => {
    const heard = afterGreeting(await hear(['a SELECT {9999999+}\r\n', Buffer.alloc(100_000)]));
    assert.deepEqual(heard, ['* BYE Literal size too large']);
  });

  test('LITERAL- has a limit for what nobody asked for', async () => {
    const imap = startOurImap(open, {isLiteralMinus: true});
    const heard = afterGreeting(
      await hear(['a CREATE {3+}\r\nabc\r\nb APPEND abc {5000+}\r\n', Buffer.alloc(5000)], imap),
    );
    assert.deepEqual(heard, ['a OK Create completed.', '* BYE Non-synchronizing literal size too large']);
  });

  test('what follows a refused command is not the next one', async () => {
    const heard = afterGreeting(
      await hear(['a UNKNOWN {11+}\r\nx LOGOUT\r\nyz\r\nb APPEND INBOX (\\Bad) {10+}\r\nx LOGOUT\r\n\r\nc NOOP\r\n']),
    );
    assert.deepEqual(heard, [
      'a BAD Error in IMAP command UNKNOWN: Unknown command.',
      'b BAD Error in IMAP command APPEND: Invalid system flag \\BAD.',
      'c OK NOOP completed.',
    ]);
  });

  test('many literals and deep nesting cost a reply each', async () => {
    const literals = '{1+}\r\na '.repeat(5000);
    const deep = '('.repeat(60_000);
    const nots = 'NOT '.repeat(15_000);
    const heard = afterGreeting(
      await hear([`a SELECT ${literals}\r\nb SEARCH ${deep}\r\nc SELECT INBOX\r\nd SEARCH ${nots}ALL\r\ne NOOP\r\n`]),
    );
    assert.ok(heard.includes('b BAD No mailbox selected.'));
    assert.ok(heard.includes('d BAD Error in IMAP command SEARCH: Search keys are nested too deep.'));
    assert.equal(heard.at(-1), 'e OK NOOP completed.');
  });

  test('__proto__ and paths are names like others', async () => {
    const heard = afterGreeting(
      await hear([
        '__proto__ CREATE __proto__\r\na APPEND __proto__ (__proto__ constructor) {1+}\r\nx\r\nb SELECT __proto__\r\n',
        'c FETCH 1 FLAGS\r\nd CREATE ../../x\r\nf __proto__\r\ng SEARCH KEYWORD __proto__\r\ne SELECT ../../../etc/passwd\r\n',
      ]),
    );
    assert.equal(heard[0], '__proto__ OK Create completed.');
    assert.ok(
      heard.some(line => /^\* 1 FETCH \(FLAGS \((\\Recent )?__proto__ constructor\)\)$/.test(line)),
      heard.join('\n'),
    );
    assert.ok(heard.some(line => line.startsWith('d NO [CANNOT]')));
    assert.ok(heard.some(line => line.startsWith('e NO ')));
    assert.ok(heard.includes('f BAD Error in IMAP command __PROTO__: Unknown command.'));
    assert.ok(heard.includes('* SEARCH 1'));
  });

  test('twenty bad commands in a row are enough', async () => {
    const heard = afterGreeting(await hear(['x\r\n'.repeat(19), 'a NOOP\r\n', 'x\r\n'.repeat(40)]));
    assert.equal(heard.filter(line => line.startsWith('x BAD')).length, 39);
    assert.equal(heard.at(-1), '* BYE Too many invalid IMAP commands.');
  });

  test('a client that reads slowly stops what is made for it', async () => {
    const imap = startOurImap(open);
    imap.input.write(`a APPEND INBOX {3000000+}\r\n${'x'.repeat(2_999_998)}\r\n\r\n`);
    imap.input.write('b SELECT INBOX\r\nc FETCH 1 (BODY[] RFC822)\r\nd NOOP\r\n');
    await once(imap.output, 'readable');
    for (let waited = 0; waited < 20; waited++) await new Promise(resolve => setImmediate(resolve));
    assert.ok(imap.output.readableLength < 1_000_000, `${imap.output.readableLength} bytes are held`);
    let total = 0;
    imap.output.on('data', (bytes: Buffer) => (total += bytes.length));
    imap.input.end();
    await imap.done;
    assert.ok(total > 5_900_000, `${total} bytes`);
  });

  test('a mailbox that is searched at length leaves others their turn', async () => {
    const one = startOurImap(open);
    const many = 'x'.repeat(50_000);
    one.input.write(`a APPEND INBOX ${`{50000+}\r\n${many} `.repeat(60).trimEnd()}\r\nb SELECT INBOX\r\n`);
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    const heard = hear(['c SEARCH BODY nowhere\r\n'], one);
    assert.match(await heard, /c OK Search completed/);
    clearInterval(count);
    assert.ok(turns > 5, `${turns} turns`);
  });

  test('a small bomb stays small', async () => {
    const imap = startOurImap(open, {hasCompression: true});
    const deflate = createDeflateRaw({flush: constants.Z_SYNC_FLUSH});
    imap.input.write('a COMPRESS DEFLATE\r\n');
    const inflate = createInflateRaw();
    let plain = '';
    let compressed = '';
    imap.output.on('data', (bytes: Buffer) => {
      if (compressed !== '' || plain.includes('a OK')) inflate.write(bytes);
      else plain += bytes.toString('latin1');
    });
    inflate.on('data', (bytes: Buffer) => (compressed += bytes.toString('latin1')));
    while (!plain.includes('a OK')) await new Promise(resolve => setImmediate(resolve));
    deflate.pipe(imap.input);
    deflate.write('b SELECT ');
    for (let n = 0; n < 20; n++) deflate.write(Buffer.alloc(1_000_000, 'x'));
    deflate.end('\r\nc NOOP\r\n');
    await imap.done;
    await new Promise(resolve => inflate.end(resolve));
    assert.match(compressed, /b BAD Error in IMAP command SELECT: Too long argument/);
    assert.match(compressed, /c OK NOOP completed/);
  });

  test('plaintext behind STARTTLS ends the connection', async () => {
    let upgrades = 0;
    const upgrade = (): Promise<Duplex> => Promise.resolve((upgrades++, new PassThrough()));
    const imap = startOurImap(open, {}, {login: plainLogin('joe', 'secret', {upgrade})});
    const heard = afterGreeting(await hear(['a STARTTLS\r\nb LOGIN joe secret\r\n'], imap));
    assert.deepEqual([heard, upgrades], [['a OK Begin TLS negotiation now.'], 0]);
  });

  test('what was known before STARTTLS is told anew behind it', async () => {
    const [server, client] = await pair();
    const imap = startOurImap(
      open,
      {},
      {
        wire: new StreamWire(server),
        login: plainLogin('joe', 'secret', {upgrade: () => Promise.resolve(server), isSecured: false}),
      },
    );
    let heard = '';
    client.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    const until = async (mark: string): Promise<void> => {
      while (!heard.includes(mark)) await once(client, 'data');
    };
    await until('ready.');
    assert.match(heard, / STARTTLS LOGINDISABLED AUTH=CRAM-MD5\]/);
    client.write('a LOGIN joe secret\r\n');
    await until('a NO [PRIVACYREQUIRED]');
    client.write('b STARTTLS\r\n');
    await until('b OK');
    client.write('c CAPABILITY\r\nd LOGIN joe secret\r\n');
    await until('d OK');
    assert.match(heard, /LITERAL\+ AUTH=PLAIN AUTH=CRAM-MD5\r\nc OK/);
    client.end('e LOGOUT\r\n');
    await imap.done;
  });

  test('a session whose client is gone ends', async () => {
    const [server, client] = await pair();
    const imap = startOurImap(open, {}, {wire: new StreamWire(server)});
    client.write('a SELECT INBOX\r\nb IDLE\r\n');
    await once(client, 'data');
    client.destroy();
    await imap.done;
    assert.match(imap.log.at(-1)?.text ?? '', /^Disconnected: Connection closed/);
  });

  test('a silent client is sent away, an idle one is not', async () => {
    const heard = await silent(['a NOOP\r\n'], {inactivityMilliseconds: 50});
    assert.match(heard, /\* BYE Disconnected for inactivity\.\r\n$/);
    const idle = await silent(['a IDLE\r\n'], {inactivityMilliseconds: 50, idleNotifyMilliseconds: 30}, 150);
    assert.match(idle, /\* OK Still here\r\n/);
    assert.doesNotMatch(idle, /BYE/);
  });

  async function silent(
    said: readonly string[],
    settings: Parameters<typeof startOurImap>[1],
    milliseconds = 0,
  ): Promise<string> {
    const imap = startOurImap(open, settings);
    let heard = '';
    imap.output.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    for (const bytes of said) imap.input.write(bytes);
    if (milliseconds === 0) await imap.done;
    else {
      await new Promise(resolve => setTimeout(resolve, milliseconds));
      imap.input.end();
      await imap.done;
    }
    return heard;
  }
});

async function pair(): Promise<[Socket, Socket]> {
  const listener = createServer({pauseOnConnect: true});
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = connect(port, '127.0.0.1');
  const [server] = (await once(listener, 'connection')) as [Socket];
  listener.close();
  return [server, client];
}
