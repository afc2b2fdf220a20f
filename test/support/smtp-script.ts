/**
 * An SMTP or LMTP server that answers as a test says: each command line is answered by the first rule whose key it begins
 * with. A rule is the reply's text, lines joined with newlines; `CUT` hangs up, `HANG` says nothing more, at the end of a
 * reply or in place of one. An array is used up one by one, its last one again and again. Keys that are no command:
 * `greeting`, `content` (after the final dot), `*` (anything else).
 */
import {createServer, type Server, type Socket} from 'node:net';

export type Rules = Readonly<Record<string, string | readonly string[]>>;

/** What a server says that has no quarrel with anybody. */
const CONTENT: Rules = {
  greeting: '220 mx.test ESMTP',
  EHLO: '250-mx.test\n250-PIPELINING\n250-SIZE 10240000\n250-ENHANCEDSTATUSCODES\n250-8BITMIME\n250-DSN\n250 SMTPUTF8',
  HELO: '250 mx.test',
  LHLO: '250-mx.test\n250-PIPELINING\n250-SIZE 10240000\n250-ENHANCEDSTATUSCODES\n250 8BITMIME',
  'MAIL FROM': '250 2.1.0 Ok',
  'RCPT TO': '250 2.1.5 Ok',
  DATA: '354 End data with <CR><LF>.<CR><LF>',
  content: '250 2.0.0 Ok: queued as 12345',
  RSET: '250 2.0.0 Ok',
  QUIT: '221 2.0.0 Bye',
  XFORWARD: '250 2.0.0 Ok',
  '*': '502 5.5.2 Error: command not recognized',
};

export class ScriptServer {
  /** Every line of every connection, `.` ending content; `(connect)` and `(end)` stand for what they say. */
  readonly lines: string[] = [];
  /** The bytes of all connections. */
  bytes = '';
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #rules: Rules;
  readonly #used = new Map<string, number>();

  constructor(rules: Rules = {}, base: Rules = CONTENT) {
    this.#rules = {...rules, ...Object.fromEntries(Object.entries(base).filter(([key]) => !(key in rules)))};
    this.#server = createServer(socket => this.#serve(socket));
  }

  /** On a port of 127.0.0.1 (or another loopback address), or a socket's path. */
  async listen(at: {readonly host?: string; readonly port?: number; readonly path?: string} = {}): Promise<number> {
    const where = at.path === undefined ? {host: at.host ?? '127.0.0.1', port: at.port ?? 0} : {path: at.path};
    await new Promise<void>((resolve, reject) => this.#server.once('error', reject).listen(where, resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** As if it had just begun. */
  reset(): void {
    this.lines.length = 0;
    this.bytes = '';
    this.connections = 0;
    this.#used.clear();
  }

  get isIdle(): boolean {
    return this.#sockets.size === 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(resolve => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    this.lines.push('(connect)');
    let rest = '';
    let isContent = false;
    let isOver = false;
    const answer = (key: string): void => {
      const reply = this.#reply(key);
      if (reply === undefined) return;
      const [text = '', end] = splitEnd(reply);
      if (text !== '') socket.write(`${text.replaceAll('\n', '\r\n')}\r\n`, 'latin1');
      if (end === undefined) return;
      isOver = true;
      if (end === 'CUT') socket.end();
    };
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.lines.push('(end)');
      this.#sockets.delete(socket);
    });
    socket.on('data', chunk => {
      const text = chunk.toString('latin1');
      this.bytes += text;
      rest += text;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        this.lines.push(line);
        if (isOver) continue;
        if (isContent) {
          if (line !== '.') continue;
          isContent = false;
          answer('content');
          continue;
        }
        const key = Object.keys(this.#rules).find(
          each => each !== 'greeting' && line.toUpperCase().startsWith(each.toUpperCase()),
        );
        answer(key ?? '*');
        isContent = key?.startsWith('DATA') === true && this.#lastWas('354');
        if (key === 'QUIT') socket.end();
      }
    });
    answer('greeting');
  }

  #last = '';

  #lastWas(code: string): boolean {
    return this.#last.startsWith(code);
  }

  #reply(key: string): string | undefined {
    const rule = this.#rules[key];
    const used = this.#used.get(key) ?? 0;
    this.#used.set(key, used + 1);
    const reply = typeof rule === 'string' ? rule : rule?.[Math.min(used, rule.length - 1)];
    this.#last = reply ?? '';
    return reply;
  }
}

function splitEnd(reply: string): [string, string | undefined] {
  for (const end of ['CUT', 'HANG']) if (reply.endsWith(end)) return [reply.slice(0, -end.length).trimEnd(), end];
  return [reply, undefined];
}
