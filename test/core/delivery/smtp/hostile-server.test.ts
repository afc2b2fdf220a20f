/** Servers that hang, flood and lie: mail waits for another try, and neither memory nor the next message suffers. */
import assert from 'node:assert/strict';
import {createServer, type Socket} from 'node:net';
import {DeliveryBench, textContent} from '../../../support/delivery-bench.ts';
import {ScriptServer} from '../../../support/smtp-script.ts';

/** What the server does with a connection, after its greeting where that is not left to it. */
type Behaviour = (socket: Socket) => void;

async function deliverTo(
  serve: Behaviour,
  set: Readonly<Record<string, string>>,
  content = 'Subject: x\n\nx\n',
): Promise<{report: string; seconds: number; grownMegabytes: number}> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => undefined));
    serve(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const bench = new DeliveryBench(set, {smtp: ['smtp']});
  const start = performance.now();
  const before = process.memoryUsage.rss();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 50);
  try {
    const source = textContent(content, 65_536);
    const [report = ''] = await bench.deliver('smtp', 'r@d.example', {nexthop: `[127.0.0.1]:${port}`, content: source});
    return {report, seconds: (performance.now() - start) / 1000, grownMegabytes: (most - before) / 2 ** 20};
  } finally {
    clearInterval(watch);
    for (const socket of sockets) socket.destroy();
    server.close();
    await bench.dispose();
  }
}

/** Again and again, as fast as the other side takes it. */
function flood(text: string): Behaviour {
  return socket => {
    const piece = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)), 'latin1');
    const more = (): void => {
      for (let at = 0; at < 16 && !socket.destroyed; at++) if (!socket.write(piece)) return;
      setImmediate(more);
    };
    socket.on('drain', more).resume();
    more();
  };
}

/** Takes commands and answers them until `DATA`, and then reads no more. */
const readsNoContent: Behaviour = socket => {
  socket.write('220 mx.test ESMTP\r\n');
  socket.on('data', bytes => {
    for (const line of bytes.toString('latin1').split('\r\n').slice(0, -1)) {
      if (line !== 'DATA') socket.write(`250${line.startsWith('EHLO') ? '-mx.test\r\n250 8BITMIME' : ' 2.0.0 Ok'}\r\n`);
      else socket.pause().write('354 Go on\r\n');
    }
  });
};

const drips: Behaviour = socket => {
  const timer = setInterval(() => socket.write('2'), 100);
  socket.resume().on('close', () => clearInterval(timer));
};

suite('smtp client: hostile servers', function () {
  this.timeout(60_000);
  const BIG = `Subject: x\n\n${`${'x'.repeat(70)}\n`.repeat(400_000)}`;
  const HASTE = {smtp_helo_timeout: '1s', smtp_per_request_deadline: 'yes'};
  const cases: readonly (readonly [
    title: string,
    serve: Behaviour,
    set: Readonly<Record<string, string>>,
    report: RegExp,
    content?: string,
  ])[] = [
    ['a line that never ends', flood('x'), HASTE, / 4\.4\.2 deferred .*timed out while receiving the initial/],
    ['a reply that never ends', flood('220-x\r\n'), HASTE, / 4\.4\.2 deferred .*timed out while receiving the init/],
    ['lines that are no replies', flood('x\r\n'), HASTE, / 4\.4\.2 deferred .*timed out while receiving the initial/],
    [
      'replies that nobody asked for',
      flood('250 ok\r\n'),
      {smtp_quit_timeout: '1s'},
      / \d\.\d\.\d (?:deferred|bounced) /,
    ],
    ['a byte at a time', drips, HASTE, / 4\.4\.2 deferred .*timed out while receiving the initial/],
    [
      'content that is not read',
      readsNoContent,
      {smtp_data_xfer_timeout: '1s'},
      / 4\.4\.2 deferred .*timed out while sending message body/,
      BIG,
    ],
  ];
  for (const [title, serve, set, expected, content] of cases)
    test(title, async () => {
      const {report, seconds, grownMegabytes} = await deliverTo(serve, set, content);
      assert.match(report, expected);
      assert.ok(seconds < 10, `took ${seconds} s`);
      assert.ok(grownMegabytes < 150, `grew by ${grownMegabytes} MB`);
    });
});

/** What some server takes for the end of a message, or of a line, as content of ours might have it. */
const TRICKS: readonly string[] = [
  '\n.\n',
  '\r\n.\r\n',
  '\r.\r',
  '\r\n.\r',
  '\n.\r',
  '\r.\n',
  '\r\r\n.\r\r\n',
  '\n\n.\r\n',
  '\n\0.\n',
  '\x85.\x85',
  '\n..\n',
  `${'y'.repeat(998)}.\n.\n`,
];

suite('smtp client: nothing is smuggled out', () => {
  const SMUGGLED = 'MAIL FROM:<smuggled@x>\nRCPT TO:<victim@x>\nDATA\nsmuggled\n.\n';

  for (const chunking of ['no', 'yes'])
    for (const trick of TRICKS)
      test(`${JSON.stringify(trick.slice(-20))}, posthorn_smtp_chunking = ${chunking}`, async () => {
        const chunks = {EHLO: '250-mx.test\n250 CHUNKING', BDAT: '250 2.0.0 Ok'};
        const server = new ScriptServer(chunking === 'yes' ? chunks : {});
        const bench = new DeliveryBench({posthorn_smtp_chunking: chunking}, {smtp: ['smtp']});
        const port = await server.listen();
        try {
          const content = `Subject: x\n\nbody${trick}${SMUGGLED}`;
          const [report = ''] = await bench.deliver('smtp', 'r@d.example', {nexthop: `[127.0.0.1]:${port}`, content});
          assert.match(report, / 2\.0\.0 sent /);
          assert.doesNotMatch(server.bytes, /\r(?!\n)|(?<!\r)\n/, 'a bare CR or LF');
          const [, length = 0] = /\r\nBDAT (\d+) LAST\r\n/.exec(server.bytes) ?? [];
          const start = server.bytes.indexOf('Subject: x');
          const end = chunking === 'yes' ? start + Number(length) : server.bytes.indexOf('\r\n.\r\n', start) + 5;
          assert.ok(server.bytes.slice(start, end).includes('smuggled\r\n'));
          assert.match(server.bytes.slice(end), /^(?:QUIT\r\n)?$/);
        } finally {
          await server.close();
          await bench.dispose();
        }
      });

  for (const address of [
    'a\r\nRSET\r\nb@x.example',
    'a\nRSET@x.example',
    'a\rRSET@x.example',
    'a@x.example>\r\nRSET\r\n<',
  ])
    test(`as sender and recipient, ${JSON.stringify(address)}`, async () => {
      const server = new ScriptServer();
      const bench = new DeliveryBench({}, {smtp: ['smtp']});
      const port = await server.listen();
      try {
        const nexthop = `[127.0.0.1]:${port}`;
        const [from = ''] = await bench.deliver('smtp', 'r@d.example', {nexthop, sender: address});
        assert.match(from, / 5\.1\.7 bounced /);
        assert.deepEqual(
          server.lines.filter(line => /^(?:RSET|MAIL|RCPT)/.test(line)),
          [],
          server.bytes,
        );
        const reports = await bench.deliver('smtp', ['a@d.example', address, 'b@d.example'], {nexthop});
        assert.deepEqual(reports.map(line => / \d\.\d\.\d \w+ /.exec(line)?.[0]).sort(), [
          ' 2.0.0 sent ',
          ' 2.0.0 sent ',
          ' 5.1.3 bounced ',
        ]);
        assert.equal(server.lines.filter(line => line.startsWith('RCPT TO:')).length, 2);
        const [only = ''] = await bench.deliver('smtp', address, {nexthop});
        assert.match(only, / 5\.1\.3 bounced /);
        assert.doesNotMatch(server.bytes, /RSET\r\n<|\r(?!\n)|(?<!\r)\n/);
      } finally {
        await server.close();
        await bench.dispose();
      }
    });
});
