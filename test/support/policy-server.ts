/** A policy server (SMTPD_POLICY_README) that answers as told and keeps what it was asked. */
import {createServer, type Server, type Socket} from 'node:net';

/** The answer to a request; undefined: the connection is closed without one. Text without `\n\n` is sent as it is. */
export type PolicyAnswer = (request: string, count: number) => string | undefined;

export class PolicyServer {
  readonly requests: string[] = [];
  connectionCount = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answer: PolicyAnswer;

  constructor(answer: PolicyAnswer) {
    this.#answer = answer;
    this.#server = createServer(socket => this.#serve(socket));
  }

  listen(at: {readonly path: string} | {readonly port: number; readonly host: string}): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(at, () => {
        const address = this.#server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise(resolve => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket): void {
    this.connectionCount++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.setEncoding('latin1');
    let received = '';
    socket.on('data', (text: string) => {
      received += text;
      for (let end = received.indexOf('\n\n'); end >= 0; end = received.indexOf('\n\n')) {
        const request = received.slice(0, end);
        received = received.slice(end + 2);
        this.requests.push(request);
        const answer = this.#answer(request, this.requests.length);
        if (answer === undefined) socket.destroy();
        else socket.write(answer, 'latin1');
      }
    });
  }
}
