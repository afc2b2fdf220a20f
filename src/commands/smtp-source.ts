/** smtp-source(1): sends made-up mail over SMTP or LMTP, in many sessions at once. */
import {FatalError} from '../core/base/errors.ts';
import {toPath} from '../core/base/bytes.ts';
import type {Stdio, Tool} from '../core/base/tool.ts';
import {addressesOf} from './smtp-endpoint.ts';
import {messageText} from './smtp-source-message.ts';
import {readSourceOptions, type SourceOptions} from './smtp-source-options.ts';
import {SourceSession, type SourceHost} from './smtp-source-session.ts';

export const smtpSource: Tool = {
  name: 'smtp-source',
  summary: 'send made-up mail over SMTP or LMTP for a test',
  usage: ['[OPTION ...] [inet:]HOST[:PORT]', '[OPTION ...] unix:PATH'],
  options: [
    {flag: '-4, -6', text: 'Connect over IPv4 or IPv6 only.'},
    {flag: '-A', text: 'Go on when the server refuses; the message is given up.'},
    {flag: '-c', text: 'Show a running count of messages.'},
    {flag: '-C COUNT', text: 'Try so often to connect before giving up (1).'},
    {flag: '-d', text: 'Keep the connection for the next message.'},
    {flag: '-f ADDRESS', text: 'The sender (foo at the host name).'},
    {flag: '-F FILE', text: 'Send this file, header and body, instead of made-up text.'},
    {flag: '-l BYTES', text: 'The size of the text, headers not counted.'},
    {flag: '-L', text: 'Speak LMTP.'},
    {flag: '-m COUNT', text: 'How many messages (1).'},
    {flag: '-M NAME', text: 'The host name, or [address], in HELO and in default addresses.'},
    {flag: '-N', text: 'Put a number that never repeats before each recipient address.'},
    {flag: '-o', text: 'No HELO, no headers.'},
    {flag: '-r COUNT', text: 'Recipients for each message (1), told apart by a number before the address.'},
    {flag: '-R SECONDS', text: 'Wait for a random time up to this before each message.'},
    {flag: '-s COUNT', text: 'Sessions at once (1).'},
    {flag: '-S TEXT', text: 'The Subject of the messages (none).'},
    {flag: '-t ADDRESS', text: 'The recipient (foo at the host name).'},
    {flag: '-T BYTES', text: 'The TCP window size.'},
    {flag: '-v', text: 'Show the dialogue.'},
    {flag: '-w SECONDS', text: 'Wait for this time before each message.'},
  ],
  description: ['The port is smtp (25) when none is given.'],
  async main(argv, stdio) {
    await new SmtpSource(readSourceOptions(argv, stdio), stdio).run();
    return 0;
  },
};

/** The first descriptors of the original's sessions: 4 is its event queue. */
const FIRST_SLOT = 3;
const SECOND_SLOT = 5;

class SmtpSource implements SourceHost {
  readonly options: SourceOptions;
  readonly text: Buffer;
  remaining: number;
  target: {host: string; port: number} | {path: string} = {path: ''};
  readonly #stdio: Stdio;
  readonly #sessions: SourceSession[] = [];
  #running = 0;
  #sentCount = 0;
  #number = 0;
  #end: (fault?: Error) => void = () => undefined;

  constructor(options: SourceOptions, stdio: Stdio) {
    this.options = options;
    this.#stdio = stdio;
    this.text = messageText(options);
    this.remaining = options.messages;
  }

  async run(): Promise<void> {
    const {endpoint, family, sessions, showsCounter} = this.options;
    if (endpoint.kind === 'unix') this.target = {path: toPath(endpoint.path).toString()};
    else this.target = {host: (await addressesOf(endpoint, family))[0] ?? '', port: endpoint.port};
    const fault = await new Promise<Error | undefined>(resolve => {
      this.#end = resolve;
      for (let slot = 0; slot < sessions; slot++) if (this.takeNext()) this.#open(slot);
    });
    if (fault !== undefined) throw fault;
    if (showsCounter) this.#stdio.stdout.write('\n');
  }

  nextNumber(): number {
    return ++this.#number;
  }

  takeNext(): boolean {
    return this.remaining-- > 0;
  }

  countMessage(): void {
    this.#sentCount++;
    if (this.options.showsCounter) this.#stdio.stdout.write(`${this.#sentCount}\r`);
  }

  sessionEnded(): void {
    if (--this.#running === 0) this.#end();
  }

  verbose(text: string): void {
    if (this.options.isVerbose) this.#stdio.stderr.write(`smtp-source: ${text}\n`);
  }

  warn(text: string): void {
    this.#stdio.stderr.write(`smtp-source: warning: ${text}\n`);
  }

  fail(text: string): void {
    for (const session of this.#sessions) session.destroy();
    this.#end(new FatalError(text));
  }

  #open(slot: number): void {
    const session = new SourceSession(this, slot === 0 ? FIRST_SLOT : SECOND_SLOT + slot - 1);
    this.#running++;
    this.#sessions.push(session);
    session.start();
  }
}
