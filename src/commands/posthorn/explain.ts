/**
 * posthorn explain ADDRESS: what would become of mail to an address, and which file and line decided each step. Delivers
 * nothing. With --id: what became of a message, by the log and the queue; with --message: what a user's filters would do
 * with one. Exit status: 0 when all of it would be delivered; 66 nothing is known of the message, or it can't be read; 67
 * unknown user or domain; 69 returned for another reason; 75 something waits.
 */
import {userInfo} from 'node:os';
import {Args, Command, Flags} from '@oclif/core';
import {toByteString, toText} from '../../core/base/bytes.ts';
import {FatalError} from '../../core/base/errors.ts';
import {EX_USAGE} from '../../core/base/exit-status.ts';
import {explainAddress, explanationStatus} from '../../core/daemon/explain-address.ts';
import {unquoteAddress} from '../../core/message/address-syntax.ts';
import type {SessionFlags} from '../explain-one-session.ts';
import {ensureAliasDatabase} from '../first-aliases.ts';
import {openToolConfig} from '../open-config.ts';
import {renderExplanation} from './explain-view.ts';

interface FilterFlags {
  readonly user?: string | undefined;
  readonly script?: string | undefined;
  readonly rc?: string | undefined;
  readonly sender?: string | undefined;
  readonly config?: string | undefined;
  readonly json: boolean;
}

export default class Explain extends Command {
  static override description =
    'Show the whole way of an address through the engine: rewriting, canonical and virtual maps, transport, aliases, ' +
    '.forward, mailbox, each with the file and line that decided it. Nothing is delivered. The exit status is 0 when mail ' +
    'would be delivered, 67 for an unknown user or domain, 69 when it would be returned for another reason, 75 when it would wait. ' +
    'With --id: what the log and the queue tell of a message; 66 when they tell nothing. With --message: what the Sieve ' +
    'scripts, .forward and .procmailrc of a user would do with it, test by test; no action, program or command is run.';
  static override summary = 'Show what becomes of an address, and why.';
  static override examples = [
    '<%= config.bin %> explain postmaster',
    '<%= config.bin %> explain -f news@example.com --json joe+list@example.com',
    '<%= config.bin %> explain --id 4c8VhT1qJzz2x',
    '<%= config.bin %> explain --message mail.eml --user joe',
    '<%= config.bin %> explain --message mail.eml --user joe --script new.sieve',
    '<%= config.bin %> explain --client 192.0.2.1 --helo mx.example.org -f joe@example.org someone@example.net',
  ];
  static override args = {
    address: Args.string({
      description: 'address as it would stand in an envelope (not with --id)',
      ignoreStdin: true, // which is the message's
    }),
  };
  static override flags = {
    id: Flags.string({
      description: 'tell what became of the message with this queue id',
      exclusive: ['client', 'sender'],
    }),
    message: Flags.string({
      helpValue: 'FILE',
      description: "show what a user's filters would do with this message (- is standard input)",
      exclusive: ['id', 'client'],
    }),
    user: Flags.string({description: 'whose filters (default: the address, or you)', dependsOn: ['message']}),
    script: Flags.string({
      helpValue: 'FILE',
      description: 'this Sieve script instead of his filters',
      dependsOn: ['message'],
      exclusive: ['rc'],
    }),
    rc: Flags.string({
      helpValue: 'FILE',
      description: 'this procmail rc file instead of his filters',
      dependsOn: ['message'],
    }),
    client: Flags.string({description: 'show a whole SMTP session of a client with this address'}),
    name: Flags.string({description: "the client's name (default: looked up)", dependsOn: ['client']}),
    helo: Flags.string({description: 'what the client says in EHLO (default: client.example)', dependsOn: ['client']}),
    login: Flags.string({description: 'the user it has logged in as', dependsOn: ['client']}),
    tls: Flags.boolean({description: 'its connection is encrypted', dependsOn: ['client']}),
    service: Flags.string({
      description: 'name of the service in master.cf (default: the first)',
      dependsOn: ['client'],
    }),
    sender: Flags.string({char: 'f', description: 'envelope sender; empty for the null sender (default: you)'}),
    config: Flags.string({char: 'c', description: 'directory of main.cf'}),
    json: Flags.boolean({description: 'print the decisions as JSON'}),
  };

  async #session(address: string, client: string, flags: SessionFlags): Promise<void> {
    const {explainOneSession, sessionStatus} = await import('../explain-one-session.ts');
    const explanation = await explainOneSession(address, client, flags);
    if (flags.json) this.log(JSON.stringify(explanation, textOf, 2));
    else {
      const {renderSession} = await import('./explain-session-view.ts');
      process.stdout.write(renderSession(explanation, terminal()));
    }
    process.exitCode = sessionStatus(explanation);
  }

  async #message(id: string, flags: {readonly config?: string | undefined; readonly json: boolean}): Promise<void> {
    const {explainMessage, historyStatus} = await import('../explain-message.ts');
    const history = await explainMessage(toByteString(id), openToolConfig(flags.config, process.env));
    if (flags.json) this.log(JSON.stringify(history, textOf, 2));
    else {
      const {renderHistory} = await import('./explain-message-view.ts');
      process.stdout.write(renderHistory(history, terminal()));
    }
    process.exitCode = historyStatus(history);
  }

  /** What an operator can mend is said in a line, with the exit status of sysexits. */
  override async catch(fault: Error): Promise<unknown> {
    if (fault instanceof FatalError) return this.error(fault.message, {exit: fault.exitStatus});
    return await super.catch(fault);
  }

  async #filters(message: string, address: string | undefined, flags: FilterFlags): Promise<void> {
    const {explainFilters, filtersStatus} = await import('../explain-filters.ts');
    await ensureAliasDatabase(openToolConfig(flags.config, process.env), process);
    const bytes = (text: string | undefined): string | undefined =>
      text === undefined ? undefined : unquoteAddress(toByteString(text));
    const recipient = bytes(address);
    const user = bytes(flags.user) ?? recipient ?? toByteString(userInfo().username);
    const {script, rc, config} = flags;
    const question = {message, user, recipient, sender: bytes(flags.sender), script, rc, config};
    const explanation = await explainFilters(question, process.env);
    if (flags.json) this.log(JSON.stringify(explanation, textOf, 2));
    else {
      const {renderFilters} = await import('./explain-filters-view.ts');
      process.stdout.write(renderFilters(explanation, terminal()));
    }
    process.exitCode = filtersStatus(explanation);
  }

  override async run(): Promise<void> {
    const {args, flags} = await this.parse(Explain);
    const {address: given} = args;
    if (flags.id !== undefined) return this.#message(flags.id, flags);
    if (flags.message !== undefined) return this.#filters(flags.message, given, flags);
    if (given === undefined)
      this.error('an address is wanted, or --id with a queue id, or --message with a file', {exit: EX_USAGE});
    if (flags.client !== undefined) return this.#session(given, flags.client, flags);
    await ensureAliasDatabase(openToolConfig(flags.config, process.env), process);
    const {openExplainParts} = await import('../../core/daemon/explain-parts.ts');
    const parts = await openExplainParts(flags.config, process.env);
    try {
      const address = unquoteAddress(toByteString(given));
      const sender = unquoteAddress(toByteString(flags.sender ?? userInfo().username));
      const explanation = await explainAddress(address, sender, parts);
      if (flags.json) this.log(JSON.stringify(explanation, textOf, 2));
      else process.stdout.write(renderExplanation(explanation, terminal()));
      process.exitCode = explanationStatus(explanation);
    } finally {
      await parts.close();
    }
  }
}

function textOf(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? toText(value) : value;
}

function terminal(): {color: boolean; columns: number} {
  const {isTTY, columns} = process.stdout;
  const color = isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
  return {color, columns: isTTY ? columns : 100};
}
