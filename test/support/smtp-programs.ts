/** What the tests of smtp-sink and smtp-source share: a sink in the test's process, dialogues, and a server that records. */
import type {ChildProcess} from 'node:child_process';
import {createServer, connect, type Server, type Socket} from 'node:net';
import {once} from 'node:events';
import type {Stdio} from '../../src/core/base/tool.ts';
import {readSinkOptions} from '../../src/commands/smtp-sink-options.ts';
import {SinkServer} from '../../src/commands/smtp-sink-server.ts';
import {freePort} from '../../bench/mail-sides.ts';

export interface RunningSink {
  readonly port: number;
  readonly output: {stdout: string; stderr: string};
  /** Fulfilled when the program would have ended. */
  readonly ended: Promise<void>;
  stop(): void;
}

/** With the rights of the test, whatever user it runs as. */
export async function startSink(args: readonly string[]): Promise<RunningSink> {
  const port = await freePort();
  const output = {stdout: '', stderr: ''};
  const write = (name: 'stdout' | 'stderr') => ({
    write: (text: string | Uint8Array) => void (output[name] += String(text)),
  });
  const stdio = {stdin: [] as never, stdout: write('stdout'), stderr: write('stderr'), env: {}} satisfies Stdio; // never read
  const options = readSinkOptions(['-u', 'nobody', ...args, `127.0.0.1:${port}`, '100'], stdio);
  const server = new SinkServer({...options, user: undefined}, stdio);
  const ended = server.run();
  await untilListening(port);
  return {port, output, ended, stop: () => server.finish()};
}

/** A program that ends is not waited for. */
export async function untilListening(port: number, program?: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200 && program?.exitCode !== 1; tries++) {
    const socket = connect({host: '127.0.0.1', port});
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on ${port}`);
}

/** Sends each text once the server has said something to the last, and answers all that came; `<end>` where it hung up. */
export async function dialogue(port: number, texts: readonly string[], quietMs = 120): Promise<string[]> {
  const socket = connect({host: '127.0.0.1', port});
  socket.on('error', () => undefined);
  const heard = new Listener(socket);
  const answers = [await heard.next(quietMs)];
  for (const text of texts) {
    if (heard.isOver) break;
    socket.write(text, 'latin1');
    answers.push(await heard.next(quietMs));
  }
  socket.destroy();
  return answers;
}

class Listener {
  isOver = false;
  #text = '';

  constructor(socket: Socket) {
    socket.on('data', chunk => (this.#text += chunk.toString('latin1')));
    socket.on('close', () => (this.isOver = true));
  }

  /** What comes until nothing more does for a while. */
  async next(quietMs: number): Promise<string> {
    let last = -1;
    while (!this.isOver && last !== this.#text.length) {
      last = this.#text.length;
      await new Promise(resolve => setTimeout(resolve, quietMs));
    }
    const text = this.#text + (this.isOver ? '<end>' : '');
    this.#text = '';
    return text;
  }
}

export interface Recorder {
  readonly port: number;
  /** What each connection sent. */
  readonly sent: string[];
  close(): void;
}

/** A server that says yes, or what it is told to say to a verb (or to `.` and `connect`), and records what is sent. */
export async function recordingServer(replies: Readonly<Record<string, string>> = {}): Promise<Recorder> {
  const sent: string[] = [];
  const server: Server = createServer(socket => {
    const index = sent.push('') - 1;
    let [pending, isContent] = ['', false];
    socket.on('error', () => undefined);
    socket.write(replies['connect'] ?? '220 test\r\n');
    socket.on('data', chunk => {
      sent[index] += chunk.toString('latin1');
      pending += chunk.toString('latin1');
      for (let end = find(pending, isContent); end >= 0; end = find(pending, isContent)) {
        const verb = isContent ? '.' : (pending.slice(0, end).split(/[ \r]/, 1)[0] ?? '').toUpperCase();
        pending = pending.slice(end);
        const reply =
          replies[verb] ?? (verb === 'DATA' ? '354 go on\r\n' : verb === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n');
        isContent = verb === 'DATA' && reply.startsWith('3');
        if (reply === '') return socket.destroy();
        socket.write(reply, 'latin1');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {port: typeof address === 'object' ? (address?.port ?? 0) : 0, sent, close: () => void server.close()};
}

function find(pending: string, isContent: boolean): number {
  const mark = isContent ? '\r\n.\r\n' : '\r\n';
  const at = pending.indexOf(mark);
  return at < 0 ? -1 : at + mark.length;
}
