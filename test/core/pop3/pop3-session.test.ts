import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync} from 'node:fs';
import type {Duplex} from 'node:stream';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {setup, suite, teardown, test} from 'mocha';
import {AccountService} from '../../../src/core/account/account-service.ts';
import {defaultAuthSettings, defaultPassdb} from '../../../src/core/account/auth/settings.ts';
import {Refusal} from '../../../src/core/base/errors.ts';
import {Pop3Session, type Pop3SessionOptions} from '../../../src/core/pop3/pop3-session.ts';
import {pop3Defaults} from '../../../src/core/pop3/pop3-settings.ts';
import {duplexPair} from '../../support/duplex-pair.ts';
import {openMaildir} from '../../support/open-maildir.ts';

const lines: string[] = [];
const keep = (text: string): void => void lines.push(text);
const log = {info: keep, warning: keep, error: keep};
const accounts = new AccountService({
  settings: {
    ...defaultAuthSettings,
    mechanisms: ['PLAIN', 'LOGIN', 'SCRAM-SHA-256'],
    failureDelaySeconds: 0,
    hasPenalty: false,
    passdbs: [{...defaultPassdb, driver: 'static', args: 'password=secret'}],
  },
  log,
  hostName: 'h',
});
const CONNECTION = {service: 'pop3', clientAddress: '10.0.0.9', serverAddress: '10.0.0.1', isEncrypted: false, session: 'S'}; // prettier-ignore
const READY = '+OK Dovecot (Debian) ready.\r\n';

suite('POP3 session', () => {
  let home = '';
  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'posthorn-pop3-'));
    lines.length = 0;
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(home, 'Maildir', part), {recursive: true});
    for (const n of [1, 2])
      writeFileSync(join(home, 'Maildir/cur', `170000000${n}.M1P1.h:2,`), `Subject: ${n}\n\n.x\n`);
  });
  teardown(() => rmSync(home, {recursive: true, force: true}));

  function begin(options: Partial<Pop3SessionOptions> = {}): {
    session: Pop3Session;
    client: Duplex;
    heard(): string;
    gone: Promise<void>;
  } {
    const [client, server] = duplexPair();
    const session = new Pop3Session({
      stream: server,
      settings: pop3Defaults,
      sasl: accounts.sasl,
      connection: CONNECTION,
      hostName: 'h',
      isSecured: true,
      openStore: login => openMaildir(login.username, home),
      loginLog: log,
      sessionLog: () => log,
      processId: 7,
      ...options,
    });
    let text = '';
    client.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    return {session, client, heard: () => text, gone: session.run()};
  }

  /** Says it all at once, or by bytes, and hears the rest. */
  async function dialog(said: string, options: Partial<Pop3SessionOptions> = {}, pieceBytes = 10_000): Promise<string> {
    const {client, heard, gone} = begin(options);
    for (let at = 0; at < said.length; at += pieceBytes) client.write(said.slice(at, at + pieceBytes), 'latin1');
    client.end();
    await gone;
    return heard();
  }

  const SESSION = 'USER joe\r\nPASS secret\r\nSTAT\r\nLIST\r\nRETR 1\r\nTOP 2 0\r\nDELE 2\r\nQUIT\r\n';
  const ANSWER = `${READY}+OK\r\n+OK Logged in.\r\n+OK 2 36\r\n+OK 2 messages:\r\n1 18\r\n2 18\r\n.\r\n+OK 18 octets\r\nSubject: 1\r\n\r\n..x\r\n.\r\n+OK\r\nSubject: 2\r\n\r\n.\r\n+OK Marked to be deleted.\r\n+OK Logging out, messages deleted.\r\n`; // prettier-ignore

  for (const pieceBytes of [10_000, 7, 1])
    test(`a session that comes in pieces of ${pieceBytes}`, async () => {
      assert.equal(await dialog(SESSION, {}, pieceBytes), ANSWER);
      assert.deepEqual(readdirSync(join(home, 'Maildir/cur')), ['1700000001.M1P1.h:2,S']);
      assert.deepEqual(lines, [
        'Login: user=<joe>, method=PLAIN, rip=10.0.0.9, lip=10.0.0.1, mpid=7, secured, session=<S>',
        'Disconnected: Logged out top=1/19, retr=1/34, del=1/2, size=36',
      ]);
    });

  test('LF alone ends lines too', async () => {
    assert.equal(await dialog(SESSION.replaceAll('\r\n', '\n')), ANSWER);
  });

  test('plaintext needs a secured connection; what comes behind STLS in plain text ends the session', async () => {
    const [inner] = duplexPair();
    const upgrade = (): Promise<Duplex> => Promise.resolve(inner);
    const refused = '-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.\r\n';
    const said = await dialog('CAPA\r\nUSER joe\r\nAUTH PLAIN AAAA\r\nQUIT\r\n', {isSecured: false, upgrade});
    assert.equal(
      said,
      `${READY}+OK\r\nCAPA\r\nTOP\r\nUIDL\r\nRESP-CODES\r\nPIPELINING\r\nAUTH-RESP-CODE\r\nSTLS\r\nSASL SCRAM-SHA-256\r\n.\r\n${refused}-ERR [AUTH] Plaintext authentication disabled.\r\n+OK Logging out\r\n`,
    );
    const injected = await dialog('STLS\r\nUSER joe\r\n', {isSecured: false, upgrade});
    assert.equal(injected, `${READY}+OK Begin TLS negotiation now.\r\n`);
    assert.match(lines.at(-1) ?? '', /^Disconnected: Connection closed: plaintext after STLS/);
  });

  test('behind STLS the client may log in', async () => {
    const [inside, server] = duplexPair();
    const {client, heard, gone} = begin({isSecured: false, upgrade: () => Promise.resolve(server)});
    client.write('STLS\r\n');
    while (!heard().includes('Begin')) await new Promise(resolve => setImmediate(resolve));
    let text = '';
    inside.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    inside.write('STLS\r\nUSER joe\r\nPASS secret\r\nQUIT\r\n');
    await gone;
    assert.equal(text, '-ERR TLS is already active.\r\n+OK\r\n+OK Logged in.\r\n+OK Logging out.\r\n');
    assert.match(lines[0] ?? '', /, TLS, session/);
  });

  test('SCRAM with its last word, and a mechanism given up', async () => {
    assert.equal(
      await dialog('AUTH SCRAM-SHA-256 biws\r\nAUTH LOGIN\r\n*\r\nQUIT\r\n'),
      `${READY}-ERR [AUTH] Authentication failed.\r\n+ VXNlcm5hbWU6\r\n-ERR Authentication aborted by client.\r\n+OK Logging out\r\n`,
    );
  });

  test('a user who may not, and a store that does not open', async () => {
    const limit = new Refusal('IN-USE', 'Maximum number of connections from user+IP exceeded');
    const login = 'USER joe\r\nPASS secret\r\nSTAT\r\n';
    assert.match(await dialog(login, {openStore: () => Promise.reject(limit)}), /\n-ERR \[IN-USE\] Maximum .*\r\n$/);
    assert.match(await dialog(login, {openStore: () => Promise.reject(new Error('x'))}), /\n-ERR \[SYS\/TEMP\] Internal error .*\r\n$/); // prettier-ignore
    assert.deepEqual(lines.slice(1, 2), ['x']);
  });

  test('a message that others have removed', async () => {
    const {client, heard, gone} = begin();
    client.write('USER joe\r\nPASS secret\r\nSTAT\r\n');
    while (!heard().includes('36')) await new Promise(resolve => setImmediate(resolve));
    unlinkSync(join(home, 'Maildir/cur/1700000001.M1P1.h:2,'));
    client.write('RETR 1\r\nRETR 2\r\nQUIT\r\n');
    await gone;
    assert.match(heard(), /\n-ERR Message 1 expunged\.\r\n\+OK 18 octets\r\n/);
  });

  test('the service stops', async () => {
    const {session, client, heard, gone} = begin();
    client.write('USER joe\r\nPASS secret\r\n');
    while (!heard().includes('Logged in')) await new Promise(resolve => setImmediate(resolve));
    session.end();
    await gone;
    assert.match(lines.at(-1) ?? '', /^Disconnected: Shutting down top=0\/0/);
  });

  test('a client that says nothing', async () => {
    const settings = {...pop3Defaults, loginMilliseconds: 30, inactivityMilliseconds: 30};
    const {heard, gone} = begin({settings});
    await gone;
    assert.equal(heard(), `${READY}-ERR Disconnected for inactivity.\r\n`);
  });

  test('XCLIENT from a trusted network', async () => {
    await dialog('XCLIENT ADDR=192.0.2.7 PORT=99 SESSION=abc\r\nXCLIENT ADDR=x\r\nQUIT\r\n', {isTrusted: true});
    assert.match(lines[0] ?? '', /rip=192\.0\.2\.7, .*session=<abc>$/);
  });

  test('noise is answered with errors, by bytes and at once', async () => {
    const word = fc.oneof(fc.constantFrom('USER', 'PASS', 'AUTH', 'CAPA', 'PLAIN', '*', 'STLS', '\0', '\xff', '='), fc.string()); // prettier-ignore
    const line = fc.array(word, {maxLength: 4}).map(words => words.join(' '));
    await fc.assert(
      fc.asyncProperty(fc.array(line, {maxLength: 5}), fc.constantFrom(1, 1000), async (said, pieceBytes) => {
        const text = await dialog(`${said.join('\r\n')}\r\n`, {}, pieceBytes);
        assert(!text.includes('Logged in'));
      }),
      {numRuns: 60},
    );
  });

  test('lines without end', async () => {
    assert.equal(await dialog('x'.repeat(200_000)), `${READY}-ERR Input buffer full, aborting\r\n`);
    assert.match(await dialog(`USER joe\r\nPASS secret\r\n${'x'.repeat(200_000)}`), /-ERR Input line too long\.\r\n$/);
  });
});
