import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer, type Server, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import fc from 'fast-check';
import {setup, suite, teardown, test} from 'mocha';
import {escapeAuthField, splitAuthLine} from '../../../../src/core/account/sasl/dovecot-auth-lines.ts';
import {DovecotSaslServer} from '../../../../src/core/account/sasl/dovecot-sasl-server.ts';
import {openSaslServer} from '../../../../src/core/account/sasl/open-sasl-server.ts';
import type {SaslConnection, SaslStep} from '../../../../src/core/account/sasl/sasl.ts';
import {ConfigError} from '../../../../src/core/base/errors.ts';
import {Log, type LogRecord} from '../../../../src/core/log/log.ts';
import {plainConfig} from '../../../support/plain-config.ts';

const HELLO =
  'VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tDIGEST-MD5\tdictionary\tactive\tmutual-auth\nSPID\t1\nCUID\t2\nDONE\n';
const CONNECTION: SaslConnection = {
  service: 'smtp',
  clientAddress: '127.0.0.1',
  serverAddress: '127.0.0.1',
  isEncrypted: false,
};

/** A stand-in for the service: says hello, keeps what it hears, answers requests from a table. */
class Service {
  readonly heard: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  connections = 0;
  hello = HELLO;
  /** By a part of the line; `ID` is the number. '': silence; CLOSE. */
  answers: Readonly<Record<string, string>> = {};

  constructor(path: string) {
    this.#server = createServer(socket => this.#serve(socket)).listen(path);
  }

  close(): Promise<void> {
    this.drop();
    return new Promise(resolve => void this.#server.close(() => resolve()));
  }

  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket.setEncoding('latin1'));
    socket.write(this.hello);
    socket.on('data', (chunk: string) => {
      this.heard.push(chunk);
      for (const line of chunk.split('\n')) this.#answer(socket, line);
    });
  }

  #answer(socket: Socket, line: string): void {
    const [, id] = /^(?:AUTH|CONT)\t(\d+)/.exec(line) ?? [];
    const [, answer = ''] = Object.entries(this.answers).find(([part]) => line.includes(part)) ?? [];
    if (id === undefined || answer === '') return;
    if (answer === 'CLOSE') socket.destroy();
    else socket.write(`${answer.replace('ID', id)}\n`);
  }
}

suite('Dovecot SASL server', () => {
  let folder = '';
  let path = '';
  let service: Service;
  let server: DovecotSaslServer;
  let records: LogRecord[] = [];
  const log = new Log('smtpd', {write: record => void records.push(record)});
  setup(async () => {
    folder = mkdtempSync(join(tmpdir(), 'posthorn-dovecot-'));
    path = join(folder, 'auth');
    records = [];
    service = new Service(path);
    server = new DovecotSaslServer({place: {path}, title: 'private/auth', log, timeoutMilliseconds: 200});
    await new Promise(resolve => setTimeout(resolve, 10));
  });
  teardown(async () => {
    server.close();
    await service.close();
    rmSync(folder, {recursive: true, force: true});
  });

  async function say(mechanism: string, ...lines: readonly (string | undefined)[]): Promise<string> {
    const exchange = server.begin(mechanism, CONNECTION);
    const said: string[] = [];
    for (const line of lines) {
      const step = await exchange?.step(line === undefined ? undefined : Buffer.from(line, 'latin1'));
      said.push(step === undefined ? 'none' : shown(step));
    }
    return said.join(' | ');
  }

  function shown(step: SaslStep): string {
    if (step.kind === 'continue') return `+${step.challenge.toString('latin1')}`;
    if (step.kind === 'done') return `ok ${step.username}`;
    return `${step.isTemporary ? 'temporary' : 'failed'} ${step.username ?? '-'} ${step.reason}`.trim();
  }

  test('it says what smtpd says', async () => {
    service.answers = {
      'resp=AGpvZQB4': 'OK\tID\tuser=joe\tfoo=bar',
      'AUTH\t2': 'CONT\tID\tYWJj',
      CONT: 'OK\tID\tuser=ann',
    };
    await server.ready();
    assert.equal(await say('PLAIN', '\0joe\0x'), 'ok joe');
    assert.equal(await say('DIGEST-MD5', undefined, 'foo'), '+abc | ok ann');
    assert.equal(
      service.heard.join(''),
      `VERSION\t1\t0\nCPID\t${process.pid}\n` +
        'AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=127.0.0.1\trip=127.0.0.1\tresp=AGpvZQB4\n' +
        'AUTH\t2\tDIGEST-MD5\tservice=smtp\tnologin\tlip=127.0.0.1\trip=127.0.0.1\nCONT\t2\tZm9v\n',
    );
  });

  const answers: readonly (readonly [answer: string, shown: string])[] = [
    ['OK\tID\tuser=joe', 'ok joe'],
    ['FAIL\tID\tuser=joe', 'failed joe'],
    ['FAIL\tID\tuser=joe\tcode=temp_fail', 'failed joe'],
    ['FAIL\tID\treason=go\x01taway\ttemp', 'failed - go?away'],
    ['FAIL\tID', 'failed -'],
    ['OK\tID', 'failed - Authentication backend error'],
    ['CONT\tID\t!!', '+'],
    ['CLOSE', 'temporary - Connection lost to authentication server'],
    ['', 'temporary - Connection lost to authentication server'],
    ['OK\t99\tuser=joe', 'temporary - Connection lost to authentication server'],
    ['WHAT\tID\tuser=joe', 'temporary - Connection lost to authentication server'],
  ];
  for (const [answer, end] of answers)
    test(`${JSON.stringify(answer)}: ${end}`, async () => {
      service.answers = {AUTH: answer};
      assert.equal(await say('PLAIN', '\0joe\0x'), end);
    });

  test('a connection that was lost is made anew', async () => {
    service.answers = {AUTH: 'OK\tID\tuser=joe'};
    assert.equal(await say('PLAIN', ''), 'ok joe');
    service.drop();
    await new Promise(resolve => setTimeout(resolve, 20));
    assert.equal(await say('PLAIN', ''), 'ok joe');
    assert.equal(service.connections, 2);
  });

  test('many logins go over one connection, each with its own answer', async () => {
    service.answers = {
      'resp=MQ==': 'OK\tID\tuser=one',
      'resp=Mg==': 'FAIL\tID\tuser=two',
      'resp=Mw==': 'OK\tID\tuser=three',
    };
    await server.ready();
    assert.deepEqual(await Promise.all(['1', '2', '3'].map(async name => say('PLAIN', name))), [
      'ok one',
      'failed two',
      'ok three',
    ]);
    assert.equal(service.connections, 1);
  });

  test('mechanisms and their properties come from the service', async () => {
    assert.deepEqual(server.mechanisms(false), []);
    await server.ready();
    const [plain, digest] = server.mechanisms(false);
    assert.deepEqual([plain?.name, plain?.isPlaintext, plain?.isMutual], ['PLAIN', true, false]);
    assert.deepEqual(
      [digest?.name, digest?.isPlaintext, digest?.isMutual, digest?.isActiveProne],
      ['DIGEST-MD5', false, true, true],
    );
    assert.equal(server.begin('LOGIN', CONNECTION), undefined);
  });

  test('a client that gives up is forgotten by the service too', async () => {
    service.answers = {AUTH: 'CONT\tID\t'};
    await server.ready();
    const exchange = server.begin('PLAIN', CONNECTION);
    await exchange?.step(undefined);
    exchange?.cancel();
    await new Promise(resolve => setTimeout(resolve, 20));
    assert.match(service.heard.join(''), /\nCANCEL\t1\n$/);
  });

  const hellos: readonly (readonly [hello: string, fault: RegExp])[] = [
    ['VERSION\t2\t0\nMECH\tPLAIN\nDONE\n', /speaks version 2/],
    ['VERSION\t1\t0\nMECH\tPLAIN\n', /Connection timed out/],
    ['x'.repeat(100_000), /says too much/],
  ];
  for (const [hello, fault] of hellos)
    test(`no service: ${hello.slice(0, 30).trim()}`, async () => {
      service.hello = hello;
      await server.ready();
      assert.deepEqual(server.mechanisms(false), []);
      assert.match(records.map(({text}) => text).join('\n'), fault);
      assert.equal(await say('PLAIN', ''), 'temporary - Connection lost to authentication server');
    });

  test('a socket that is not there is warned of, and tried again after a while', async () => {
    let now = 0;
    const place = {path: join(folder, 'later')};
    server = new DovecotSaslServer({place, title: 'private/auth', log, now: () => now});
    await server.ready();
    await server.ready();
    assert.deepEqual(
      records.map(({text}) => text),
      ["SASL: Connect to Dovecot auth socket 'private/auth' failed: No such file or directory"],
    );
    const later = new Service(place.path);
    later.answers = {AUTH: 'OK\tID\tuser=joe'};
    now = 1000;
    assert.equal(await say('PLAIN', ''), 'ok joe');
    server.close();
    await later.close();
  });

  test('main.cf chooses it and filters what it offers', async () => {
    const set = {smtpd_sasl_type: 'dovecot', smtpd_sasl_path: path, smtpd_sasl_security_options: 'noplaintext'};
    const base = plainConfig({...set, smtpd_sasl_tls_security_options: 'noanonymous'});
    const config = {...base, origin: () => ({file: 'main.cf', line: 1})};
    const chosen = openSaslServer(config, log, {root: folder});
    await chosen.ready?.();
    assert.deepEqual(
      chosen.mechanisms(false).map(({name}) => name),
      ['DIGEST-MD5'],
    );
    assert.deepEqual(
      chosen.mechanisms(true).map(({name}) => name),
      ['PLAIN', 'DIGEST-MD5'],
    );
    assert.equal(chosen.begin('PLAIN', CONNECTION), undefined);
    assert(chosen.begin('PLAIN', {...CONNECTION, isEncrypted: true}) !== undefined);
    chosen.close();
  });

  test('smtpd_sasl_mechanism_filter', () => {
    const offered = (filter: string): readonly string[] =>
      openSaslServer(plainConfig({smtpd_sasl_mechanism_filter: filter}), log, {root: folder})
        .mechanisms(false)
        .map(({name}) => name);
    assert.deepEqual(offered('!external, static:rest'), ['PLAIN', 'LOGIN']);
    assert.deepEqual(offered('!login, static:rest'), ['PLAIN']);
    assert.deepEqual(offered('login'), ['LOGIN']);
  });

  test('what can not be is a fault', () => {
    const open = (set: Readonly<Record<string, string>>) => () => openSaslServer(plainConfig(set), log, {root: folder});
    assert.throws(open({smtpd_sasl_type: 'foo'}), new ConfigError('unsupported SASL server implementation: foo'));
    assert.throws(open({smtpd_sasl_security_options: 'nofoo'}), ConfigError);
  });

  test('what is escaped is read back', () => {
    fc.assert(
      fc.property(fc.array(fc.string({unit: fc.constantFrom('a', '\t', '\n', '\x01', '\0', '\r')})), fields => {
        const line = fields.map(escapeAuthField).join('\t');
        assert.deepEqual(splitAuthLine(line), fields.length === 0 ? [''] : fields);
      }),
    );
  });
});
