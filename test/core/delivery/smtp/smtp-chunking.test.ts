import assert from 'node:assert/strict';
import {createServer, type Server, type Socket} from 'node:net';
import {suite, test} from 'mocha';
import type {ContentSource} from '../../../../src/core/queue/agent.ts';
import {DeliveryBench} from '../../../support/delivery-bench.ts';

const ANNOUNCED = '250-mx.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 CHUNKING\r\n';

/** A server that knows BDAT (RFC 3030). */
class ChunkServer {
  readonly commands: string[] = [];
  content = '';
  /** Replies to BDAT, used up one by one; then 250. */
  readonly replies: string[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(replies: readonly string[] = [], announced = ANNOUNCED) {
    this.replies = [...replies];
    this.#server = createServer(socket => this.#serve(socket, announced));
  }

  async listen(): Promise<number> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #serve(socket: Socket, announced: string): void {
    this.#sockets.add(socket);
    socket.write('220 mx.test ESMTP\r\n');
    let [rest, due, isData] = ['', 0, false];
    socket.on('error', () => undefined);
    socket.on('data', chunk => {
      rest += chunk.toString('latin1');
      for (;;) {
        const end = rest.indexOf('\r\n');
        if (due > 0) {
          if (rest.length < due) return;
          this.content += rest.slice(0, due);
          rest = rest.slice(due);
          due = 0;
          socket.write(`${this.replies.shift() ?? '250 2.0.0 ok'}\r\n`);
        } else if (end < 0) return;
        else {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 2);
          if (isData && line !== '.') continue;
          isData = line === 'DATA';
          this.commands.push(line);
          if (line.startsWith('EHLO')) socket.write(announced);
          else if (isData) socket.write('354 go on\r\n');
          else if (line.startsWith('BDAT')) due = Number(line.split(' ')[1]);
          else socket.write('250 2.0.0 ok\r\n');
        }
      }
    });
  }
}

/** As from a file: in pieces. */
function inPieces(text: string): ContentSource {
  return {
    lines: () => Promise.resolve(),
    wholeIfSmall: () => Promise.resolve(undefined),
    async *chunks() {
      for (let at = 0; at < text.length; at += 50_000) yield Buffer.from(text.slice(at, at + 50_000), 'latin1');
    },
  };
}

async function deliver(server: ChunkServer, content: string | ContentSource, isOn = true): Promise<string> {
  const bench = new DeliveryBench({posthorn_smtp_chunking: isOn ? 'yes' : 'no'}, {smtp: ['smtp']});
  const port = await server.listen();
  try {
    const lines = await bench.deliver('smtp', 'r@d.example', {
      nexthop: `[127.0.0.1]:${port}`,
      agent: bench.agent('smtp'),
      content,
    });
    return lines.join('\n');
  } finally {
    await server.close();
    await bench.dispose();
  }
}

const verbs = (server: ChunkServer): string[] => server.commands.map(line => line.replace(/[ :].*/, ''));

suite('smtp client: BDAT', () => {
  test('a small message is one chunk, its dots as they are', async () => {
    const server = new ChunkServer();
    const told = await deliver(server, 'Subject: x\n\n.\n..two\nend\n');
    assert.match(told, / 2\.0\.0 sent/);
    assert.ok(server.content.endsWith('Subject: x\r\n\r\n.\r\n..two\r\nend\r\n'), server.content);
    assert.deepEqual(verbs(server).slice(0, 4), ['EHLO', 'MAIL', 'RCPT', 'BDAT']);
    assert.equal(server.commands[3], `BDAT ${server.content.length} LAST`);
  });

  test('a large one is several, the last marked', async () => {
    const server = new ChunkServer();
    const body = `Subject: x\n\n${'0123456789'.repeat(7)}\n`.repeat(4000);
    const told = await deliver(server, inPieces(body));
    assert.match(told, / 2\.0\.0 sent/);
    assert.ok(server.content.endsWith(body.replaceAll('\n', '\r\n')));
    const chunks = server.commands.filter(line => line.startsWith('BDAT'));
    assert.ok(chunks.length > 1);
    assert.deepEqual(
      chunks.filter(line => line.endsWith(' LAST')),
      [chunks.at(-1)],
    );
  });

  test('a chunk that is refused is the end of it, and the server is told so', async () => {
    const server = new ChunkServer(['552 5.3.4 too much']);
    const told = await deliver(server, inPieces(`${'x'.repeat(70)}\n`.repeat(4000)));
    assert.match(told, / 5\.3\.4 bounced/);
    assert.match(told, /in reply to BDAT command/);
    assert.deepEqual(verbs(server).slice(3, 5), ['BDAT', 'RSET']);
  });

  test('a server that does not announce CHUNKING gets DATA, and so does each without the setting', async () => {
    const without = new ChunkServer([], ANNOUNCED.replace('250-8BITMIME\r\n250 CHUNKING', '250 8BITMIME'));
    await deliver(without, 'Subject: x\n\nbody\n');
    assert.deepEqual(verbs(without).slice(3, 4), ['DATA']);
    const unset = new ChunkServer();
    await deliver(unset, 'Subject: x\n\nbody\n', false);
    assert.deepEqual(verbs(unset).slice(3, 4), ['DATA']);
  });
});
