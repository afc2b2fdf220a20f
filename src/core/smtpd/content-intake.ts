/** The content of DATA and BDAT on its way into the message, and the reply at its end. */
import {EndRefused, type IncomingMessage} from './incoming-message.ts';
import type {SmtpdMachine} from './machine.ts';
import {refusalReply} from './transaction.ts';

export class ContentIntake {
  readonly #machine: SmtpdMachine;
  readonly #message: IncomingMessage;
  readonly #command: 'DATA' | 'BDAT';
  #hasBareNewline = false;
  /** Beyond message_size_limit: the rest is only swallowed. */
  #isTooBig = false;

  constructor(machine: SmtpdMachine, message: IncomingMessage, command: 'DATA' | 'BDAT') {
    this.#machine = machine;
    this.#message = message;
    this.#command = command;
    machine.transaction.beginContent(message);
    this.note();
  }

  push(bytes: Buffer): Promise<void> | undefined {
    if (this.#message.wireBytes === 0 && isFromLine(bytes)) void this.#take(MAILBOX_LINE);
    return this.#take(bytes);
  }

  #take(bytes: Buffer): Promise<void> | undefined {
    const {messageLimit} = this.#machine.service.settings;
    if (this.#isTooBig) return undefined;
    const room = messageLimit - this.#message.wireBytes;
    this.#message.count(bytes);
    this.#isTooBig = messageLimit > 0 && this.#message.wireBytes > messageLimit;
    return this.#message.push(this.#isTooBig ? bytes.subarray(0, room) : bytes);
  }

  /** For the log, should the client go now. */
  note(): void {
    const message = this.#message;
    const command = this.#command;
    this.#machine.transaction.content = {
      command,
      get bytes() {
        return command === 'DATA' ? message.lineBytes : message.wireBytes;
      },
    };
  }

  /** Of the lines that have come to their end. */
  get lineBytes(): number {
    return this.#message.lineBytes;
  }

  /** Of all lines: the last one counts as ended. */
  get finishedBytes(): number {
    return this.#message.finishedBytes;
  }

  set hasBareNewline(has: boolean) {
    this.#hasBareNewline ||= has;
  }

  /** All content is there. Answers whether the message was queued; the reply is said. `prefix`: of the text of success. */
  async finish(prefix: string): Promise<boolean> {
    const machine = this.#machine;
    const {transaction, service} = machine;
    const {id} = this.#message.file;
    transaction.content = undefined;
    machine.where = 'END-OF-MESSAGE';
    if (this.#hasBareNewline && this.#machine.bareNewlinePolicy() === 'reject') return this.#refuseBareNewline();
    if (this.#isTooBig) return this.#refuseSize(id);
    try {
      await this.#message.finish();
    } catch (fault) {
      return this.#failed(fault);
    }
    transaction.message = undefined;
    transaction.reset();
    machine.junk = 0;
    machine.record.wentWell();
    machine.errors = 0;
    if (!machine.isOver) machine.say(`250 2.0.0 Ok: ${prefix}queued as ${id}`);
    else service.log.info(`${id}: the client left before it was told`);
    return true;
  }

  #failed(fault: unknown): boolean {
    const machine = this.#machine;
    this.#spoil();
    const reply = fault instanceof EndRefused ? fault.message : refusalReply(fault);
    if (fault instanceof EndRefused) machine.transaction.dropContent();
    else {
      machine.logFault(fault);
      machine.transaction.reset();
    }
    return machine.refuse(reply);
  }

  #refuseSize(id: string): boolean {
    const machine = this.#machine;
    this.#spoil();
    machine.service.log.warning(`${id}: queue file size limit exceeded`);
    machine.transaction.reset();
    return machine.refuse('552 5.3.4 Error: message file too big');
  }

  /** The command went well, and its content did not: before the reply, which may end the session. */
  #spoil(): void {
    this.#machine.counters.spoil(this.#command.toLowerCase());
  }

  #refuseBareNewline(): boolean {
    const {hostName, bareNewlineCode} = this.#machine.service.settings;
    const reply = `${bareNewlineCode} 5.5.2 ${hostName} Error: bare <LF> received`;
    this.#spoil();
    this.#message.forget();
    this.#machine.logRejected('bare <LF> received', 'END-OF-MESSAGE');
    this.#machine.transaction.reset();
    return this.#machine.refuse(reply);
  }
}

/** The line that begins a message in a mailbox is no header: it becomes one. */
function isFromLine(bytes: Buffer): boolean {
  let at = 0;
  while (bytes[at] === 0x3e) at++;
  return bytes.toString('latin1', at, at + 5) === 'From ';
}

const MAILBOX_LINE = Buffer.from('X-Mailbox-Line: ');
