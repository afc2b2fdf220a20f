/** A client that says one line at a time to an SMTP server and waits for the whole reply. */
import {connect, type Socket} from 'node:net';

export class SmtpDialogue {
  readonly #socket: Socket;
  #received = '';
  #waiting: ((reply: string) => void) | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.setTimeout(5000, () => socket.destroy());
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#give();
    });
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
  }

  /** Connected, and greeted. */
  static async connect(port: number): Promise<SmtpDialogue> {
    const dialogue = new SmtpDialogue(connect(port, '127.0.0.1'));
    await dialogue.#reply();
    return dialogue;
  }

  /** The reply's lines, joined with a blank; '' when the connection has ended. */
  ask(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`, 'latin1');
    return this.#reply();
  }

  close(): void {
    this.#socket.end('QUIT\r\n');
  }

  #reply(): Promise<string> {
    return new Promise(resolve => {
      this.#waiting = resolve;
      this.#give();
    });
  }

  #give(): void {
    const end = /^\d{3}(?: .*)?\r\n/m.exec(this.#received);
    const waiting = this.#waiting;
    if (end === null || waiting === undefined) return;
    const length = end.index + end[0].length;
    const reply = this.#received.slice(0, length).trimEnd().split('\r\n').join(' ');
    this.#received = this.#received.slice(length);
    this.#waiting = undefined;
    waiting(reply);
  }

  #end(): void {
    this.#waiting?.('');
    this.#waiting = undefined;
  }
}
