/** What our sessions rely on in smtp-server's connection, over real sockets. */
import assert from 'node:assert/strict';
import {connect, type Socket} from 'node:net';
import {setTimeout as pause} from 'node:timers/promises';
import {suite, setup, teardown, test} from 'mocha';
import {Log} from '../../../src/core/log/log.ts';
import {makeSelfSigned} from '../../../src/core/net/self-signed.ts';
import type {Submission} from '../../../src/core/queue/agent.ts';
import {ClientLimits} from '../../../src/core/smtpd/client-limits.ts';
import {SmtpdListener} from '../../../src/core/smtpd/listener.ts';
import type {SmtpdService} from '../../../src/core/smtpd/smtpd-service.ts';
import {smtpdSettings} from '../../../src/core/smtpd/smtpd-settings.ts';
import {MatchList} from '../../../src/core/table/match-list.ts';
import {MemoryQueueFile} from '../../support/memory-queue-file.ts';
import {plainConfig} from '../../support/plain-config.ts';
import {
  content,
  HALF_CLOSE,
  pipelined,
  playDialogue,
  send,
  STARTTLS,
  type Step,
  UNTIL_CLOSED,
} from '../../support/smtp-dialogue.ts';
import {TlsBench} from '../../support/tls-bench.ts';

const MAIL = ['EHLO me', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>'] as const;

suite('an SMTP session on a socket', () => {
  let bench: TlsBench;
  let lines: string[];
  let accepted: string[];
  let requiringTls: boolean[];
  let listener: SmtpdListener;
  let port: number;
  const sockets: Socket[] = [];

  setup(async () => {
    bench = new TlsBench();
    [lines, accepted, requiringTls] = [[], [], []];
    listener = new SmtpdListener(service());
    port = await listener.listenOn(0, '127.0.0.1');
  });
  teardown(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await listener.drain(0);
    await bench.close();
  });

  function service(set: Readonly<Record<string, string>> = {}, tls?: SmtpdService['tls']): SmtpdService {
    const config = plainConfig({smtpd_delay_open_until_valid_rcpt: 'yes', smtpd_peername_lookup: 'no', ...set});
    const log = new Log('smtpd', {write: ({text}) => void lines.push(text)});
    const clock = {now: () => Date.now()};
    const nobody = new MatchList('', {title: 'none', kind: 'client', matchesParents: false, context: {config}});
    const yes = (): undefined => undefined;
    return {
      name: 'smtp',
      config,
      settings: {...smtpdSettings(config), isSaslEnabled: false, forbidsPipelining: false},
      log,
      clock,
      access: {
        connect: yes,
        helo: yes,
        mail: yes,
        rcpt: yes,
        etrn: yes,
        data: yes,
        endOfData: yes,
        forgetMessage: yes,
        forgetHelo: yes,
      },
      resolver: undefined,
      dns: undefined,
      limits: new ClientLimits({clock, log, rateSeconds: 60, reportSeconds: 600}),
      door: {
        open: () => Promise.resolve(new MemoryQueueFile('ABCDEF')),
        submit: async submission => await take(submission),
      },
      families: [4],
      notices: undefined,
      tls,
      sasl: undefined,
      lists: {
        xclientHosts: nobody,
        xforwardHosts: nobody,
        limitExceptions: nobody,
        saslExceptions: nobody,
        verpClients: nobody,
        bareNewlineExclusions: nobody,
        forbiddenCommands: nobody,
        noopCommands: undefined,
        rewritesLocally: () => true,
        commandFilter: [],
        ehloKeywordMaps: [],
        rejectFooterMaps: [],
      },
      flushSite: () => Promise.resolve('failed'),
      freeBytes: () => Promise.resolve(undefined),
    };
  }

  async function take({content: bytes, requiresTls}: Submission): Promise<{id: string}> {
    await pause(50); // the disk
    requiringTls.push(requiresTls === true);
    accepted.push(Buffer.isBuffer(bytes) ? bytes.toString('latin1') : 'streamed');
    return {id: 'ABCDEF'};
  }

  async function play(...steps: readonly Step[]): Promise<string[]> {
    return await playDialogue(steps, {port, replyMilliseconds: 5000});
  }

  function tlsService(more: Readonly<Record<string, string>> = {}): SmtpdService {
    const {key, certificate} = makeSelfSigned('mail.example.com', new Date());
    const set = {smtpd_tls_security_level: 'may', smtpd_tls_chain_files: bench.file('chain.pem', key + certificate)};
    return service({...set, ...more}, bench.smtpd(set));
  }

  function client(): {readonly socket: Socket; text(): string; closed: Promise<void>} {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    let text = '';
    socket.on('data', chunk => (text += chunk.toString('latin1'))).on('error', () => undefined);
    return {socket, text: () => text, closed: new Promise(resolve => socket.on('close', () => resolve()))};
  }

  test('greeting, EHLO, QUIT, and the connection is closed', async () => {
    const transcript = await play('EHLO me', 'QUIT', UNTIL_CLOSED);
    assert.equal(transcript[0], 'S: 220 mail.example.com ESMTP Postfix');
    assert.equal(transcript[2], 'S: 250-mail.example.com');
    assert.deepEqual(transcript.slice(-3), ['C: QUIT', 'S: 221 2.0.0 Bye', 'S: (closed)']);
    assert.deepEqual(lines, [
      'connect from unknown[127.0.0.1]',
      'disconnect from unknown[127.0.0.1] ehlo=1 quit=1 commands=2',
    ]);
  });

  const REQUIRE = 'MAIL FROM:<a@b.example> REQUIRETLS';

  test('REQUIRETLS is announced and taken within TLS only (RFC 8689)', async () => {
    listener.become(tlsService());
    const transcript = await play(
      'EHLO me',
      REQUIRE,
      ...STARTTLS,
      'EHLO me',
      `${REQUIRE}=1`,
      REQUIRE,
      MAIL[2],
      'DATA',
      content('x'),
    );
    assert.equal(transcript.filter(line => line.endsWith('REQUIRETLS') && line.startsWith('S: 250')).length, 1);
    const replies = transcript.filter((_line, at) => transcript[at - 1]?.startsWith('C: MAIL') === true);
    assert.deepEqual(replies, [
      'S: 555 5.5.4 Unsupported option: REQUIRETLS',
      'S: 555 5.5.4 Unsupported option: REQUIRETLS=1',
      'S: 250 2.1.0 Ok',
    ]);
    assert.deepEqual(requiringTls, [true]);
  });

  for (const [name, value] of [
    ['requiretls_enable', 'no'],
    ['smtpd_discard_ehlo_keywords', 'requiretls'],
  ] as const)
    test(`${name} = ${value}: no REQUIRETLS`, async () => {
      listener.become(tlsService({[name]: value}));
      const transcript = await play('EHLO me', ...STARTTLS, 'EHLO me', REQUIRE);
      assert.equal(transcript.at(-4), 'S: 555 5.5.4 Unsupported option: REQUIRETLS');
      assert.ok(transcript.every(line => !/^S: 250.REQUIRETLS/.test(line)));
    });

  test('what is pipelined behind QUIT is not obeyed', async () => {
    const transcript = await play(send('QUIT\r\nEHLO me\r\n', 1), UNTIL_CLOSED);
    assert.deepEqual(
      transcript.filter(line => line.startsWith('S: ')),
      ['S: 220 mail.example.com ESMTP Postfix', 'S: 221 2.0.0 Bye', 'S: (closed)'],
    );
  });

  test('a message', async () => {
    const transcript = await play(...MAIL, 'DATA', content('x\n..y'));
    assert.ok(transcript.includes('S: 250 2.0.0 Ok: queued as ABCDEF'));
    assert.deepEqual(
      accepted.map(text => text.split('\n').slice(-3)),
      [['x', '.y', '']],
    );
  });

  test('plain text behind STARTTLS gets no reply and is not obeyed', async () => {
    listener.become(tlsService());
    const injected: Step = send('STARTTLS\r\nMAIL FROM:<evil@b.example>\r\n', 1);
    const transcript = await play('EHLO me', injected, {kind: 'handshake'}, 'EHLO me', 'RCPT TO:<c@d.example>');
    assert.ok(transcript.includes('S: 503 5.5.1 Error: need MAIL command'), transcript.join('\n'));
    assert.ok(!transcript.some(line => line.includes('2.1.0')));
  });

  test('a message over TLS', async () => {
    listener.become(tlsService());
    await play('EHLO me', ...STARTTLS, ...MAIL, 'DATA', content('x'));
    assert.equal(accepted.length, 1);
  });

  test('a client that makes too many new TLS sessions is told so, and the next time before the handshake', async () => {
    const service = tlsService();
    const limits = {...service.settings.limits, newTlsRate: 1};
    listener.become({...service, settings: {...service.settings, limits}});
    await play('EHLO me', ...STARTTLS);
    const second = await play('EHLO me', ...STARTTLS, {kind: 'until-closed'});
    assert.ok(
      second.some(
        line => line.startsWith('S: 421 4.7.0 ') && line.endsWith('too many new TLS sessions from unknown[127.0.0.1]'),
      ),
      second.join('\n'),
    );
    const third = await play('EHLO me', 'STARTTLS');
    assert.ok(
      third.includes('S: 454 4.7.0 Error: too many new TLS sessions from unknown[127.0.0.1]'),
      third.join('\n'),
    );
    assert.ok(lines.includes('New TLS session rate limit exceeded: 2 from unknown[127.0.0.1] for service smtp'));
    assert.ok(lines.includes('Refusing STARTTLS request from unknown[127.0.0.1] for service smtp'));
  });

  test('a client that closed its side is still answered', async () => {
    const {socket, text, closed} = client();
    socket.end(['EHLO me', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA', 'x', '.', ''].join('\r\n'));
    await closed;
    assert.match(text(), /\r\n250 2\.0\.0 Ok: queued as ABCDEF\r\n$/);
    assert.equal(accepted.length, 1);
  });

  test('one that went away in DATA leaves nothing', async () => {
    await play(...MAIL, 'DATA', send('x\r\n', 0), HALF_CLOSE);
    assert.deepEqual(accepted, []);
    assert.match(lines.join('\n'), /lost connection after DATA \(\d bytes\) from unknown/);
  });

  for (const steps of [[], ['EHLO me'], [...MAIL, 'DATA']])
    test(`a client that says nothing after ${steps.at(-1) ?? 'the greeting'}`, async () => {
      listener.become(service({smtpd_timeout: '1s'}));
      const transcript = await play(...steps, UNTIL_CLOSED);
      assert.deepEqual(transcript.slice(-2), ['S: 421 4.4.2 mail.example.com Error: timeout exceeded', 'S: (closed)']);
      assert.match(lines.join('\n'), /^timeout after (CONNECT|EHLO|DATA)/m);
    });

  test('another configuration is for new sessions', async () => {
    const {socket, text} = client();
    await until(() => text() !== '');
    listener.become(service({myhostname: 'new.example.com'}));
    socket.write('EHLO me\r\n');
    await until(() => text().includes('250-'));
    assert.match(text(), /250-mail\.example\.com/);
    assert.match((await play())[0] ?? '', /220 new\.example\.com/);
  });

  test('200 connections at once', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    const all = await Promise.all(Array.from({length: 200}, () => play('EHLO me', pipelined('NOOP', 'NOOP', 'RSET'))));
    process.off('warning', note);
    assert.ok(all.every(transcript => transcript.includes('S: 221 2.0.0 Bye')));
    assert.deepEqual(warnings, []);
    await until(() => listener.connections.size === 0);
  }).timeout(20_000);

  test('listeners do not pile up in a long session', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    listener.become(tlsService());
    const again = Array.from({length: 30}, () => [...MAIL.slice(1), 'DATA', content('x')]).flat();
    await play('EHLO me', ...STARTTLS, 'EHLO me', ...again);
    process.off('warning', note);
    assert.equal(accepted.length, 30);
    assert.deepEqual(warnings, []);
  }).timeout(20_000);

  test('the service ends: who waits is told, who is sending may finish', async () => {
    const [idle, busy] = [client(), client()];
    busy.socket.write('EHLO me\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n');
    await until(() => idle.text() !== '' && busy.text().includes('354'));
    const ended = listener.drain(5000);
    await idle.closed;
    assert.match(idle.text(), /421 4\.3\.2 mail\.example\.com Service shutting down\r\n$/);
    busy.socket.write('x\r\n.\r\n');
    await Promise.all([ended, busy.closed]);
    assert.match(busy.text(), /queued as ABCDEF\r\n421 4\.3\.2 mail\.example\.com Service shutting down\r\n$/);
    assert.equal(accepted.length, 1);
    assert.ok(!lines.some(line => line.startsWith('lost')), lines.join('\n'));
  });

  test('the service ends: who sends for too long is cut off', async () => {
    const busy = client();
    busy.socket.write('EHLO me\r\nMAIL FROM:<a@b.example>\r\n');
    await until(() => busy.text().includes('2.1.0'));
    const begin = Date.now();
    await listener.drain(200);
    await busy.closed;
    assert.ok(Date.now() - begin < 3000);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 200, 'it does not come');
    await pause(20);
  }
}
