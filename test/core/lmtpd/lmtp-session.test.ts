import assert from 'node:assert/strict';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import type {Duplex} from 'node:stream';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {setup, suite, teardown, test} from 'mocha';
import type {UserLookup} from '../../../src/core/account/sasl/sasl.ts';
import {LmtpSession, type LmtpSessionOptions} from '../../../src/core/lmtpd/lmtp-session.ts';
import {lmtpDefaults} from '../../../src/core/lmtpd/lmtp-settings.ts';
import {UserConcurrency} from '../../../src/core/lmtpd/user-concurrency.ts';
import {MailError} from '../../../src/core/mailbox/mail-error.ts';
import {duplexPair} from '../../support/duplex-pair.ts';
import {openMaildir} from '../../support/open-maildir.ts';

const lines: string[] = [];
const keep = (text: string): void => void lines.push(text);
const log = {info: keep, warning: keep, error: keep};
const ID = Buffer.alloc(16, 1).toString('base64').replace(/=+$/, '');
const GREETING = '220 localhost Dovecot (Debian) ready.\r\n';

function lookup(username: string): Promise<UserLookup> {
  if (username === 'nosuch') return Promise.resolve({kind: 'unknown'});
  if (username === 'temp') return Promise.resolve({kind: 'broken'});
  const user = {username, uid: 1, gid: 1, home: undefined, mail: undefined, fields: new Map<string, string>()};
  return Promise.resolve({kind: 'found', user});
}

suite('LMTP session', () => {
  let home = '';
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-lmtp-'));
    lines.length = 0;
  });
  teardown(() => rmSync(home, {recursive: true, force: true}));

  function begin(options: Partial<LmtpSessionOptions> = {}): {client: Duplex; heard(): string; gone: Promise<void>} {
    const [client, server] = duplexPair();
    const session = new LmtpSession({
      stream: server,
      settings: {...lmtpDefaults, spoolFolder: home},
      connection: {service: 'lmtp', clientAddress: '', serverAddress: '', isEncrypted: false},
      lookupUser: lookup,
      openStore: user => openMaildir(user.username, join(home, user.username)),
      concurrency: new UserConcurrency(),
      log,
      userLog: () => log,
      clock: {now: () => 1_700_000_000_000},
      random: bytes => Buffer.alloc(bytes, 1),
      ...options,
    });
    let text = '';
    client.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    return {client, heard: () => text, gone: session.run()};
  }

  async function dialog(said: string, options: Partial<LmtpSessionOptions> = {}, pieceBytes = 50_000): Promise<string> {
    const {client, heard, gone} = begin(options);
    for (let at = 0; at < said.length; at += pieceBytes) client.write(said.slice(at, at + pieceBytes), 'latin1');
    client.end();
    await gone;
    assert(heard().startsWith(GREETING));
    return heard().slice(GREETING.length);
  }

  function delivered(user: string, box = ''): string[] {
    const folder = join(home, user, 'Maildir', box, 'new');
    return readdirSync(folder).map(name => readFileSync(join(folder, name), 'latin1'));
  }

  const SAID = 'LHLO c\r\nMAIL FROM:<a@b>\r\nRCPT TO:<joe+x>\r\nDATA\r\nSubject: 1\r\n\r\n..x\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<joe>\r\nRCPT TO:<nosuch>\r\nRCPT TO:<temp>\r\nBDAT 3\r\na\r\nBDAT 2 LAST\r\n.\nQUIT\r\n'; // prettier-ignore
  const HEARD = `250-localhost\r\n250-8BITMIME\r\n250-CHUNKING\r\n250-ENHANCEDSTATUSCODES\r\n250 PIPELINING\r\n250 2.1.0 OK\r\n250 2.1.5 OK\r\n354 OK\r\n250 2.0.0 <joe+x> ${ID} Saved\r\n250 2.1.0 OK\r\n250 2.1.5 OK\r\n550 5.1.1 <nosuch> User doesn't exist: nosuch\r\n451 4.3.0 <temp> Temporary internal error\r\n250 2.0.0 Added 3 octets\r\n250 2.0.0 <joe> ${ID}:T2 Saved\r\n221 2.0.0 Bye\r\n`; // prettier-ignore

  for (const pieceBytes of [50_000, 5, 1])
    test(`a session that comes in pieces of ${pieceBytes}`, async () => {
      assert.equal(await dialog(SAID, {}, pieceBytes), HEARD);
      const [first = '', second = ''] = delivered('joe').sort((a, b) => b.length - a.length);
      assert.match(
        first,
        /^Return-Path: <a@b>\nDelivered-To: joe\+x\nReceived: from c\n\tby localhost with LMTP\n\tid AQ/,
      );
      assert(first.endsWith('\nSubject: 1\n\n.x\n'), first);
      assert(second.endsWith('\na\n.\n'), second);
    });

  test('a message of megabytes to many comes in once, by way of a file that leaves nothing behind', async () => {
    const body = `${'x'.repeat(998)}\r\n`.repeat(3000);
    const rcpts = ['joe', 'ann', 'bob'].map(name => `RCPT TO:<${name}>\r\n`).join('');
    const heard = await dialog(`MAIL FROM:<a@b>\r\n${rcpts}DATA\r\nSubject: big\r\n\r\n${body}.\r\nQUIT\r\n`);
    assert.equal(heard.match(/ Saved\r\n/g)?.length, 3);
    for (const name of ['joe', 'ann', 'bob'])
      assert(delivered(name)[0]?.endsWith(`Subject: big\n\n${body.replaceAll('\r\n', '\n')}`) === true, name);
    assert.deepEqual(readdirSync(home).sort(), ['ann', 'bob', 'joe']);
  });

  test('a full mailbox, a broken one and a good one each have their answer', async () => {
    const openStore: LmtpSessionOptions['openStore'] = user => {
      if (user.username === 'full')
        return Promise.reject(new MailError('quota', 'Quota exceeded (mailbox for user is full)'));
      if (user.username === 'sad') return Promise.reject(new Error('disk on fire'));
      return openMaildir(user.username, join(home, user.username));
    };
    const said = 'MAIL FROM:<a@b>\r\nRCPT TO:<full>\r\nRCPT TO:<sad>\r\nRCPT TO:<joe>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n';
    const answers = (await dialog(said, {openStore})).split('\r\n').slice(5, 8);
    assert.equal(answers[0], '552 5.2.2 <full> Quota exceeded (mailbox for user is full)');
    assert.match(
      answers[1] ?? '',
      /^451 4\.2\.0 <sad> Internal error occurred\. Refer to server log for more information\. \[/,
    );
    assert.equal(answers[2], `250 2.0.0 <joe> ${ID}:R3 Saved`);
    assert(lines.includes('disk on fire'));
    const temporary = {...lmtpDefaults, spoolFolder: home, isFullTemporary: true};
    assert.match(await dialog(said, {openStore, settings: temporary}), /\n452 4\.2\.2 <full>/);
  });

  test('a spool folder that is not there is told to every recipient', async () => {
    const settings = {...lmtpDefaults, spoolFolder: join(home, 'none')};
    const said = `MAIL FROM:<a@b>\r\nRCPT TO:<joe>\r\nDATA\r\n${'x\r\n'.repeat(100_000)}.\r\nQUIT\r\n`;
    assert.match(await dialog(said, {settings}), /\n451 4\.3\.0 <joe> Temporary internal error\r\n221 /);
  });

  test('a client that goes away in the middle has delivered nothing', async () => {
    await dialog('MAIL FROM:<a@b>\r\nRCPT TO:<joe>\r\nDATA\r\nSubject: x\r\n\r\n.');
    assert.deepEqual(readdirSync(home), []);
    assert.equal(lines.at(-1), 'Disconnect from local: Connection closed (unfinished DATA command) (state=DATA)');
  });

  test('only so many deliveries to a user at once', async () => {
    const concurrency = new UserConcurrency();
    const settings = {...lmtpDefaults, spoolFolder: home, userConcurrencyLimit: 1};
    concurrency.enter('joe', 1);
    const said = 'MAIL FROM:<a@b>\r\nRCPT TO:<joe>\r\nRCPT TO:<ann>\r\nRSET\r\nQUIT\r\n';
    assert.match(await dialog(said, {concurrency, settings}), /\n451 4\.3\.0 <joe> Too many concurrent deliveries for user\r\n250/); // prettier-ignore
    concurrency.leave('joe');
    assert.match(await dialog(said, {concurrency, settings}), /\n250 2\.1\.5 OK\r\n250 2\.1\.5 OK\r\n/);
    assert.equal(concurrency.enter('ann', 1), true);
  });

  test('STARTTLS: the session begins anew; what came too early ends it', async () => {
    const [inside, server] = duplexPair();
    const upgrade = (): Promise<{stream: Duplex; tls: string}> =>
      Promise.resolve({stream: server, tls: 'TLSv1.3 with cipher X (256/256 bits)'});
    const {client, heard, gone} = begin({upgrade});
    client.write('LHLO c\r\nSTARTTLS\r\n');
    while (!heard().includes('Begin TLS')) await new Promise(resolve => setImmediate(resolve));
    assert(heard().includes('250 STARTTLS\r\n'));
    let text = '';
    inside.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    inside.write('LHLO d\r\nMAIL FROM:<a@b>\r\nRCPT TO:<joe>\r\nDATA\r\nx\r\n.\r\nSTARTTLS\r\nQUIT\r\n');
    await gone;
    assert(!text.includes('250 STARTTLS'));
    assert.match(text, / Saved\r\n502 5\.5\.1 TLS is already active\.\r\n221/);
    assert.match(
      delivered('joe')[0] ?? '',
      /Received: from d\n\t\(using TLSv1\.3 with cipher X \(256\/256 bits\)\)\n\tby localhost with LMTPS\n/,
    );
    assert.match(await dialog('STARTTLS\r\nQUIT\r\n', {upgrade}), /^220 2\.0\.0 Begin TLS negotiation now\.\r\n$/);
    assert.match(lines.at(-1) ?? '', /plaintext after STARTTLS/);
  });

  test('XCLIENT from a trusted network', async () => {
    const said = 'XCLIENT ADDR=192.0.2.1 HELO=hh SESSION=abc\r\nMAIL FROM:<a@b>\r\nRCPT TO:<joe>\r\nDATA\r\nx\r\n.\r\nXCLIENT ADDR=x\r\nQUIT\r\n'; // prettier-ignore
    const heard = await dialog(said, {isTrusted: true});
    assert.match(heard, /^220 [^\n]*\n250 2\.1\.0 OK\r\n250 2\.1\.5 OK\r\n354 OK\r\n250 2\.0\.0 <joe> abc Saved\r\n501 5\.5\.4 Invalid ADDR parameter\r\n/); // prettier-ignore
    assert.match(delivered('joe')[0] ?? '', /Received: from hh \(\[192\.0\.2\.1\]\)\n/);
    assert.equal(lines.at(-1), 'Disconnect from 192.0.2.1: Logged out (state=READY)');
  });

  test('noise is answered, and nothing is delivered', async () => {
    const word = fc.oneof(fc.constantFrom('MAIL', 'RCPT', 'FROM:<a>', 'TO:<', 'BDAT', '5', 'LAST', 'LHLO', '\0', '\xff'), fc.string()); // prettier-ignore
    const line = fc.array(word, {maxLength: 4}).map(words => words.join(' '));
    await fc.assert(
      fc.asyncProperty(fc.array(line, {maxLength: 6}), fc.constantFrom(1, 1000), async (said, pieceBytes) => {
        const heard = await dialog(`${said.join('\r\n')}\r\n`, {}, pieceBytes);
        assert(!heard.includes('Saved'));
      }),
      {numRuns: 60},
    );
  });
});
