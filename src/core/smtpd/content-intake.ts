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
    const {messageLimit} = this.#machine.service.settings;
    this.#isTooBig ||= messageLimit > 0 && this.#message.contentBytes + bytes.length > messageLimit;
    return this.#isTooBig ? undefined : this.#message.push(bytes);
  }

  /** For the log, should the client go now. */
  note(): void {
    const message = this.#message;
    this.#machine.transaction.content = {
      command: this.#command,
      get bytes() {
        return message.contentBytes;
      },
    };
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
    if (!machine.isOver) machine.say(`250 2.0.0 Ok: ${prefix}queued as ${id}`);
    else service.log.info(`${id}: the client left before it was told`);
    return true;
  }

  #failed(fault: unknown): boolean {
    const machine = this.#machine;
    this.#spoil();
    const reply = fault instanceof EndRefused ? fault.message : refusalReply(fault);
    if (!(fault instanceof EndRefused)) machine.logFault(fault);
    machine.transaction.reset();
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
    this.#machine.logRejected(reply, this.#command);
    this.#machine.transaction.reset();
    return this.#machine.refuse(reply);
  }
}
