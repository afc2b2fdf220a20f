/**
 * SASL beside the originals: our client of Dovecot's auth protocol with the real service, our own server with the same
 * accounts, and the real smtpd's AUTH dialogs as they are recorded in test/golden/smtpd-auth (POSTHORN_RECORD=1 records anew).
 */
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {makePassword} from '../../src/core/account/password/password.ts';
import {instanceAuthSettings} from '../../src/core/account/auth/settings.ts';
import {chooseClientMechanism} from '../../src/core/account/sasl/client-mechanisms.ts';
import {DovecotSaslServer} from '../../src/core/account/sasl/dovecot-sasl-server.ts';
import {OwnSaslServer} from '../../src/core/account/sasl/own-sasl-server.ts';
import type {SaslConnection, SaslServer, SaslStep} from '../../src/core/account/sasl/sasl.ts';
import {Log, type LogRecord} from '../../src/core/log/log.ts';
import {RealDovecotAuth, requireRealDovecot} from '../support/real-dovecot-auth.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';

const USERS = `joe:{PLAIN}secret:1:1::/h::
crypt:sIgvVRZcI9Jt2::::::
ssha:{SSHA}eFhN0APHtUZGwYNXRPI3rywGszcn3rjr
nets:{PLAIN}secret::::::allow_nets=10.0.0.0/8,192.168.0.1
nets2:{PLAIN}secret::::::allow_nets=127.0.0.1/8
nologin:{PLAIN}secret::::::nologin=yes reason=because
nopass:::::::nopassword=y
nopass2:{PLAIN}secret::::::nopassword=y
empty:::::::
onlyname
bad:{FOO}x::::::
badsha:{SHA}zz::::::
ren:{PLAIN}secret::::::user=other userdb_mail=maildir:~/x:y foo=bar
two:{PLAIN}one
two:{PLAIN}two
pam:sIgvVRZcI9Jt2[13]
fail:{PLAIN}secret::::::fail=y
joe@example.com:{PLAIN}secret
`;

/** No waiting after a failure, and none for those who failed before. */
const NO_DELAYS = `
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`;
const CONNECTION: SaslConnection = {
  service: 'smtp',
  clientAddress: '127.0.0.1',
  serverAddress: '127.0.0.1',
  isEncrypted: false,
};
const PROVING = ['CRAM-MD5', 'DIGEST-MD5', 'SCRAM-SHA-1', 'SCRAM-SHA-256'];

function shown(step: SaslStep | undefined): string {
  if (step === undefined) return 'no such mechanism';
  if (step.kind === 'continue') return `+${step.challenge.toString('latin1')}`;
  if (step.kind === 'done') return `ok ${step.username}`;
  return `${step.isTemporary ? 'temporary' : 'failed'} ${step.username ?? '-'} ${step.reason}`.trim();
}

suite('SASL with the real Dovecot auth', function () {
  this.timeout(60_000);
  let auth: RealDovecotAuth | undefined;
  let real: SaslServer;
  let own: SaslServer;
  let records: LogRecord[] = [];
  const log = new Log('smtpd', {write: record => void records.push(record)});

  suiteSetup(async function () {
    requireRealDovecot(this);
    const own5 = await makePassword('SCRAM-SHA-1', 'secret');
    const own256 = await makePassword('SCRAM-SHA-256', 'secret');
    const digest = await makePassword('DIGEST-MD5', 'secret', {username: 'digest'});
    const cram = await makePassword('CRAM-MD5', 'secret');
    auth = new RealDovecotAuth(
      `${USERS}scram1:${own5}\nscram256:${own256}\ndigest:${digest}\ncram:${cram}\n`,
      NO_DELAYS,
    );
    await auth.start();
    real = new DovecotSaslServer({place: {path: auth.socket}, title: auth.socket, log});
    await real.ready?.();
    own = new OwnSaslServer({
      log,
      hostName: 'mail.example.com',
      settings: {
        ...instanceAuthSettings(auth.users),
        mechanisms: ['PLAIN', 'LOGIN', ...PROVING],
        mechanismsWherePossible: [],
        failureDelaySeconds: 0,
      },
    });
  });
  suiteTeardown(async () => {
    real?.close();
    await auth?.dispose();
  });

  async function say(
    server: SaslServer,
    mechanism: string,
    ...lines: readonly (string | undefined)[]
  ): Promise<string> {
    const exchange = server.begin(mechanism, CONNECTION);
    const said: string[] = [];
    for (const line of lines)
      said.push(shown(await exchange?.step(line === undefined ? undefined : Buffer.from(line, 'latin1'))));
    return said.join(' | ');
  }

  test('the mechanisms that we know have its properties', () => {
    assert.deepEqual(own.mechanisms(false), real.mechanisms(false));
  });

  const dialogs: readonly (readonly [mechanism: string, ...lines: readonly (string | undefined)[]])[] = [
    ['PLAIN', '\0joe\0secret'],
    ['PLAIN', '\0JOE\0secret'],
    ['PLAIN', '\0joe\0bad'],
    ['PLAIN', '\0joe\0'],
    ['PLAIN', '\0nobody\0x'],
    ['PLAIN', '\0nobody@example.com\0x'],
    ['PLAIN', '\0joe@Example.com\0secret'],
    ['PLAIN', '\0crypt\0secret'],
    ['PLAIN', '\0ssha\0secret'],
    ['PLAIN', '\0ssha\0Secret'],
    ['PLAIN', '\0nets\0secret'],
    ['PLAIN', '\0nets2\0secret'],
    ['PLAIN', '\0nologin\0secret'],
    ['PLAIN', '\0nopass\0x'],
    ['PLAIN', '\0nopass2\0secret'],
    ['PLAIN', '\0empty\0'],
    ['PLAIN', '\0onlyname\0x'],
    ['PLAIN', '\0bad\0x'],
    ['PLAIN', '\0badsha\0x'],
    ['PLAIN', '\0ren\0secret'],
    ['PLAIN', '\0two\0one'],
    ['PLAIN', '\0two\0two'],
    ['PLAIN', '\0pam\0secret'],
    ['PLAIN', '\0fail\0secret'],
    ['PLAIN', 'joe\0joe\0secret'],
    ['PLAIN', 'other\0joe\0secret'],
    ['PLAIN', '\0\0x'],
    ['PLAIN', '\0jo e\0x'],
    ['PLAIN', 'joe'],
    ['PLAIN', '\0joe\0a\0b'],
    ['PLAIN', undefined, '\0joe\0secret'],
    ['PLAIN', undefined, ''],
    ['PLAIN', ''],
    ['LOGIN', undefined, 'joe', 'secret'],
    ['LOGIN', undefined, 'joe', 'bad'],
    ['LOGIN', 'joe', 'secret'],
    ['LOGIN', '', 'joe', 'secret'],
    ['LOGIN', undefined, ''],
    ['LOGIN', undefined, 'jo e'],
    ['SCRAM-SHA-1', 'n,,n=nobody,r=abc'],
    ['SCRAM-SHA-1', 'p=tls-unique,,n=joe,r=abc'],
    ['SCRAM-SHA-1', 'n,,m=x,n=joe,r=abc'],
    ['SCRAM-SHA-1', 'n,,n=ssha,r=abc'],
    ['SCRAM-SHA-256', 'n,,n=scram1,r=abc'],
    ['SCRAM-SHA-256', 'nonsense'],
  ];
  for (const [mechanism, ...lines] of dialogs)
    test(`${mechanism} ${JSON.stringify(lines)} ends alike`, async () => {
      assert.equal(await say(own, mechanism, ...lines), await say(real, mechanism, ...lines));
    });

  /** A whole dialog with our own client. */
  async function login(server: SaslServer, mechanism: string, username: string, password: string): Promise<string> {
    const credentials = {username, password, service: 'smtp', host: 'mail.example.com', port: 25};
    const client = await chooseClientMechanism([mechanism], undefined, [], credentials);
    const exchange = server.begin(mechanism, CONNECTION);
    let step = await exchange?.step(client?.initial);
    while (step?.kind === 'continue') step = await exchange?.step(await client?.respond(step.challenge));
    return `${shown(step)}${step?.kind === 'done' && client?.isComplete() === false ? ', unproved' : ''}`;
  }

  for (const mechanism of ['PLAIN', 'LOGIN', ...PROVING])
    test(`our client logs in with ${mechanism}`, async () => {
      assert.equal(await login(real, mechanism, 'joe', 'secret'), 'ok joe');
      assert.equal(await login(real, mechanism, 'Joe', 'secret'), await login(own, mechanism, 'Joe', 'secret'));
      assert.equal(await login(real, mechanism, 'joe', 'Secret'), 'failed joe');
      assert.equal(await login(real, mechanism, 'nobody', 'secret'), 'failed nobody');
      const full = await login(real, mechanism, 'joe@example.com', 'secret');
      assert.equal(await login(own, mechanism, 'joe@example.com', 'secret'), full);
    });

  for (const [mechanism, username] of [
    ['CRAM-MD5', 'cram'],
    ['DIGEST-MD5', 'digest'],
    ['SCRAM-SHA-1', 'scram1'],
    ['SCRAM-SHA-256', 'scram256'],
  ] as const)
    test(`${mechanism} with a password stored for it`, async () => {
      for (const server of [real, own]) {
        assert.equal(await login(server, mechanism, username, 'secret'), `ok ${username}`);
        assert.equal(await login(server, mechanism, username, 'Secret'), `failed ${username}`);
        assert.equal(await login(server, mechanism, 'ssha', 'secret'), 'failed ssha');
      }
    });

  test('a service that goes away and comes back', async () => {
    const exchange = real.begin('LOGIN', CONNECTION);
    assert.equal(shown(await exchange?.step(undefined)), '+Username:');
    await auth?.stop();
    assert.equal(
      shown(await exchange?.step(Buffer.from('joe'))),
      'temporary - Connection lost to authentication server',
    );
    records = [];
    assert.equal(await login(real, 'PLAIN', 'joe', 'secret'), 'temporary - Connection lost to authentication server');
    assert.match(
      records[0]?.text ?? '',
      /^SASL: Connect to Dovecot auth socket '.*' failed: No such file or directory$/,
    );
    await auth?.start();
    await pause(1100);
    assert.equal(await login(real, 'PLAIN', 'joe', 'secret'), 'ok joe');
  });
});

const GOLDEN = fileURLToPath(new URL('../golden/smtpd-auth/', import.meta.url));
const LOGINS = `joe:{PLAIN}secret
nets:{PLAIN}secret::::::allow_nets=10.0.0.0/8
bad:{FOO}x
ssha:{SSHA}eFhN0APHtUZGwYNXRPI3rywGszcn3rjr
`;

/** `# name = value` lines are for main.cf; `C: ` lines are said, `S: ` lines are heard, `L: ` lines are the log's. */
interface Transcript {
  readonly name: string;
  readonly main: string;
  readonly says: readonly string[];
  readonly text: string;
}

function readTranscripts(): Transcript[] {
  if (!existsSync(GOLDEN)) return [];
  return readdirSync(GOLDEN)
    .sort()
    .map(name => {
      const text = readFileSync(GOLDEN + name, 'latin1');
      const of = (start: string): string[] =>
        text
          .split('\n')
          .filter(line => line.startsWith(start))
          .map(line => line.slice(start.length));
      return {
        name,
        main: of('# ')
          .map(line => `${line}\n`)
          .join(''),
        says: of('C: '),
        text,
      };
    });
}

suite('AUTH of the real smtpd', function () {
  this.timeout(60_000);
  let auth: RealDovecotAuth | undefined;
  let postfix: RealPostfix | undefined;
  const ports = new Map<string, number>();
  suiteSetup(async function () {
    requireRealDovecot(this);
    requireRealPostfix(this);
    auth = new RealDovecotAuth(LOGINS, NO_DELAYS);
    await auth.start();
    const settings = `smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = ${auth.socket}\n`;
    let services = '';
    for (const {name, main} of readTranscripts()) {
      const port = await freePort();
      ports.set(name, port);
      const overrides = main.split('\n').filter(Boolean).map(line => ` -o {${line}}`); // prettier-ignore
      services += `127.0.0.1:${port} inet n - n - - smtpd${overrides.join('')}\n`;
    }
    postfix = new RealPostfix(`${settings}smtpd_error_sleep_time = 0\n`, services);
    postfix.start();
  });
  suiteTeardown(async () => {
    postfix?.dispose();
    await auth?.dispose();
  });

  for (const {name, says, text} of readTranscripts())
    test(`is as recorded: ${name}`, async () => {
      const before = postfix?.log().length;
      const said = await dialog(ports.get(name) ?? 0, says);
      await pause(100);
      const heard = [...said, ...loggedLines(postfix?.log().slice(before) ?? '')];
      const whole = text.replace(/^[CSL]: [^]*$/m, '') + heard.map(line => `${line}\n`).join('');
      if (process.env.POSTHORN_RECORD !== undefined) writeFileSync(GOLDEN + name, whole, 'latin1');
      assert.equal(whole, text);
    });
});

async function dialog(port: number, says: readonly string[]): Promise<string[]> {
  const stream = connect(port, '127.0.0.1').setEncoding('latin1');
  const lines: string[] = [];
  let rest = '';
  let isClosed = false;
  let wake = (): void => undefined;
  stream.on('data', (chunk: string) => {
    rest += chunk;
    wake();
  });
  stream.on('error', () => undefined); // `close` follows
  stream.on('close', () => {
    isClosed = true;
    wake();
  });
  const listen = async (): Promise<void> => {
    for (;;) {
      const [reply] = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(rest) ?? [];
      if (reply === undefined && !isClosed) {
        await new Promise<void>(resolve => (wake = resolve));
        continue;
      }
      rest = rest.slice(reply?.length);
      for (const line of (reply ?? '<closed>\r\n').split('\r\n').slice(0, -1)) lines.push(`S: ${withoutChance(line)}`);
      return;
    }
  };
  await listen();
  for (const line of says) {
    lines.push(`C: ${line}`);
    if (isClosed) return lines;
    stream.write(`${line.replace(/<(\d+) bytes>/, (_whole, count: string) => 'A'.repeat(Number(count)))}\r\n`);
    await listen();
  }
  stream.destroy();
  return lines;
}

/** Challenges of CRAM-MD5, DIGEST-MD5 and SCRAM are never the same. */
function withoutChance(line: string): string {
  return line.replace(/^334 .{40,}$/, '334 <challenge>');
}

function loggedLines(log: string): string[] {
  return log
    .split('\n')
    .filter(line => /postfix\/smtpd\[/.test(line) && !/: (?:connect|disconnect|lost connection) /.test(line))
    .map(line => `L: ${line.replace(/^.*?postfix\/smtpd\[\d+\]: /, '').replace(/^[0-9A-F]{6,}:/, '<id>:')}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
