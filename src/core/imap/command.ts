/**
 * What a command of a logged-in client is made of. The dispatcher (imap-session.ts) enforces what is declared here; a
 * command reads its arguments, asks the store and answers the text of its tagged reply.
 */
import type {Arguments} from './argument.ts';
import type {CommandReader} from './command-reader.ts';
import type {MailSession} from './mail-session.ts';

/** One command of a client that is being run. */
export interface Call {
  readonly tag: string;
  /** As error texts name it: `UID FETCH`. */
  readonly name: string;
  readonly isUid: boolean;
}

interface Declared {
  readonly name: string;
  /** A mailbox must be selected. */
  readonly needsMailbox?: true;
  /** `UID NAME` is a command, beside NAME or instead of it. */
  readonly uid?: 'too' | 'only';
  /**
   * What others did to the mailbox is told before the tagged OK; sequence numbers keep their meaning (no EXPUNGE) after
   * commands that use them (RFC 3501 section 7.4.1), not so in their UID form.
   */
  readonly sync?: 'all' | 'keeps-numbers';
}

export type ImapCommand = Declared &
  (
    | {
        readonly kind: 'whole';
        /** `undefined` arguments were not read: the command has none, and what stands there is passed over. */
        run(session: MailSession, call: Call, args: Arguments | undefined): Promise<string>;
        readonly hasArguments: boolean;
      }
    /** Reads its arguments itself, as they come. */
    | {readonly kind: 'stream'; run(session: MailSession, call: Call, reader: CommandReader): Promise<string>}
  );

/** A command with arguments. */
export function imapCommand<T>(
  command: Declared & {
    parse(args: Arguments, call: Call): T;
    run(session: MailSession, parsed: T, call: Call): Promise<string> | string;
  },
): ImapCommand {
  const {parse, run, ...declared} = command;
  return {
    ...declared,
    kind: 'whole',
    hasArguments: true,
    run: async (session, call, args) => await run(session, parse(args as Arguments, call), call),
  };
}

/** A command without arguments; what a client says behind it is ignored, as Dovecot does. */
export function bareCommand(
  command: Declared & {run(session: MailSession, call: Call): Promise<string> | string},
): ImapCommand {
  const {run, ...declared} = command;
  return {...declared, kind: 'whole', hasArguments: false, run: async (session, call) => await run(session, call)};
}

export function streamCommand(
  command: Declared & {run(session: MailSession, call: Call, reader: CommandReader): Promise<string>},
): ImapCommand {
  const {run, ...declared} = command;
  return {...declared, kind: 'stream', run};
}
