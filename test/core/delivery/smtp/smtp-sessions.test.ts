import assert from 'node:assert/strict';
import {createServer, type Socket} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {suite, test} from 'mocha';
import {DeliveryBench} from '../../../support/delivery-bench.ts';
import {type Rules, ScriptServer} from '../../../support/smtp-script.ts';

interface Room {
  readonly server: ScriptServer;
  /** Delivers with the one agent of the room. */
  deliver(to?: string | readonly string[]): Promise<readonly string[]>;
}

async function withServer(
  rules: Rules,
  set: Readonly<Record<string, string>>,
  run: (room: Room) => Promise<void>,
): Promise<void> {
  const server = new ScriptServer(rules);
  const bench = new DeliveryBench(set, {smtp: ['smtp']});
  const agent = bench.agent('smtp');
  const port = await server.listen();
  try {
    const deliver = (to: string | readonly string[] = 'r@d.example'): Promise<string[]> =>
      bench.deliver('smtp', to, {nexthop: `[127.0.0.1]:${port}`, agent});
    await run({server, deliver});
  } finally {
    await server.close();
    await bench.dispose();
  }
}

const commands = (server: ScriptServer): string[] => server.lines.filter(line => /^(\(connect|[A-Z]{4}\b)/.test(line));
const ALWAYS = {smtp_connection_cache_destinations: 'static:all'};

suite('smtp client: kept sessions', () => {
  test('the next message goes over the same connection, RSET before it in the same write', async () => {
    await withServer({}, {}, async ({server, deliver}) => {
      await deliver();
      await deliver();
      assert.match((await deliver())[0] ?? '', / 2\.0\.0 sent/);
      assert.match((await deliver())[0] ?? '', / 2\.0\.0 sent/);
      const seen = commands(server);
      assert.equal(seen.filter(line => line === '(connect)').length, 2); // a stream begins with the second message
      assert.match(server.bytes, /\r\n\.\r\nRSET\r\nMAIL FROM/);
    });
  });

  test('an idle session is taken leave of after smtp_connection_cache_time_limit', async () => {
    await withServer({}, {...ALWAYS, smtp_connection_cache_time_limit: '1s'}, async ({server, deliver}) => {
      await deliver();
      assert.equal(server.lines.at(-1), '.');
      await sleep(1100);
      assert.ok(server.lines.includes('QUIT'));
    });
  });

  /** What the server does to a kept session: the mail goes over another one, and nobody is told. */
  const failures: readonly (readonly [string, Rules])[] = [
    ['refuses RSET', {RSET: '421 4.4.2 timeout'}],
    ['hangs up at RSET', {RSET: 'CUT'}],
    ['has hung up meanwhile', {content: ['250 2.0.0 ok\nCUT', '250 2.0.0 ok']}],
    ['says goodbye unasked', {content: ['250 2.0.0 ok\n421 4.4.2 idle', '250 2.0.0 ok']}],
  ];
  for (const [title, rules] of failures)
    test(`a server that ${title}`, async () => {
      await withServer(rules, ALWAYS, async ({server, deliver}) => {
        await deliver();
        await sleep(20);
        assert.match((await deliver())[0] ?? '', / 2\.0\.0 sent/);
        assert.equal(server.connections, 2);
      });
    });

  test('smtp_connection_reuse_count_limit', async () => {
    await withServer({}, {...ALWAYS, smtp_connection_reuse_count_limit: '2'}, async ({server, deliver}) => {
      for (let i = 0; i < 4; i++) await deliver();
      assert.equal(server.connections, 2);
    });
  });

  test('after a refused sender the session is still good', async () => {
    await withServer({'MAIL FROM': ['550 5.1.8 no', '250 ok']}, ALWAYS, async ({server, deliver}) => {
      assert.match((await deliver())[0] ?? '', / 5\.1\.8 bounced/);
      assert.match((await deliver())[0] ?? '', / 2\.0\.0 sent/);
      assert.equal(server.connections, 1);
    });
  });

  test('what a kept session defers is tried at no other host when there is none, and has its own words', async () => {
    await withServer({'RCPT TO': ['250 ok', '451 4.3.0 later']}, ALWAYS, async ({server, deliver}) => {
      await deliver();
      assert.match((await deliver())[0] ?? '', /4\.3\.0 deferred \(host .* said: 451 4\.3\.0 later/);
      assert.equal(server.connections, 1);
    });
  });
});

/** A server that says what it likes, whenever it likes. */
async function besideRaw(speak: (socket: Socket) => void): Promise<{report: string; megabytes: number}> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    speak(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const bench = new DeliveryBench({smtp_helo_timeout: '2s'}, {smtp: ['smtp']});
  try {
    const before = process.memoryUsage().rss;
    const [report = ''] = await bench.deliver('smtp', 'r@d.example', {nexthop: `[127.0.0.1]:${port}`});
    return {report, megabytes: (process.memoryUsage().rss - before) / 1e6};
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
    await bench.dispose();
  }
}

/** Writes a piece again and again, as fast as it is taken, then the end. */
function flood(socket: Socket, piece: Buffer, times: number, end: string): void {
  let left = times;
  const more = (): void => {
    while (left-- > 0) if (!socket.write(piece)) return void socket.once('drain', more);
    socket.write(end);
  };
  more();
}

suite('smtp client: servers that send garbage', () => {
  const LINE = Buffer.from(`220-${'x'.repeat(76)}\r\n`.repeat(800));
  const NO_END = Buffer.alloc(65536, 'x');
  const NULS = Buffer.alloc(65536);
  const REPLIES = Buffer.from('250 ok\r\n'.repeat(8000));
  /** 100 MB of each. */
  const floods: readonly (readonly [string, Buffer, string, RegExp])[] = [
    ['a greeting without end', LINE, '', /timed out while receiving the initial server greeting/],
    ['a greeting that ends at last', LINE, '521 no\r\n', /refused to talk to me: 220-xx.* 4?|521/],
    ['a line without end', NO_END, '', /timed out while receiving the initial server greeting/],
    ['NULs', NULS, '\r\n', /timed out while receiving the initial server greeting/],
    ['replies that nobody asked for', REPLIES, '', /2\.0\.0 sent|bounced|deferred/],
  ];
  for (const [title, piece, end, expected] of floods)
    test(title, async () => {
      const {report, megabytes} = await besideRaw(socket => flood(socket, piece, 1500, end));
      assert.match(report, expected);
      assert.ok(report.length < 10_000, 'a report of bounded length');
      assert.ok(megabytes < 120, `${megabytes} MB`);
    });
});
