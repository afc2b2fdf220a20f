/**
 * What a doveadm command is: one row of `registry.ts` (name, arguments as the help prints them, options) and a file with
 * its `run`, loaded when it is asked for. A mail command runs for each user that `-u`, `-A` or `-F` name.
 */
import type {Stdio} from '../../core/base/tool.ts';
import type {MailAccess} from '../../core/daemon/access/mail-access.ts';
import type {MailStore} from '../../core/mailbox/mail-store.ts';
import type {Formatter, Printer} from './printer.ts';

/** Of sysexits(3), as doveadm uses them. */
export const status = {usage: 64, notPossible: 65, notFound: 68, cannotCreate: 73, temporary: 75, denied: 77} as const;

export interface Call {
  /** Operands, byte strings. */
  readonly args: readonly string[];
  /** Values by letter, in order; '' for an option without a value. Long options by their name. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly stdio: Stdio;
  readonly printer: Printer;
  readonly isDebug: boolean;
  readonly isVerbose: boolean;
  /** `-c` and `-o` as they were given. */
  readonly configWords: readonly string[];
  /** The configuration and everybody's mail; read when first asked for. */
  readonly access: MailAccess;
  /** Prints how the command is used, and ends with status 64. */
  usage(): never;
  error(text: string): void;
}

/** For each user; answers the exit status. */
export type UserRun = (user: CommandUser) => Promise<number>;

export interface CommandUser {
  readonly name: string;
  readonly store: MailStore;
  /** `doveadm(user): Error: text`. */
  error(text: string): void;
}

export interface PlainRun {
  run(call: Call): Promise<number> | number;
}

export interface MailRun {
  /** Looks at the arguments, declares the columns, and answers what is done for each user. */
  prepare(call: Call): Promise<UserRun> | UserRun;
}

interface Row {
  /** `mailbox list`. */
  readonly name: string;
  /** As the help prints them; of a mail command without those that all have. */
  readonly usage: string;
  /** For getopt(3), of a mail command without those that all have. */
  readonly options?: string;
  /** Long options with a value. */
  readonly longOptions?: readonly string[];
  readonly formatter?: Formatter;
  /** More are refused before the command looks at any. */
  readonly mostOperands?: number;
  /** Fewer print the usage, before anybody's mail is asked for. */
  readonly leastOperands?: number;
  /** A mail command whose usage does not tell of the options that all have. */
  readonly hasPlainUsage?: boolean;
  /** In front of the operands only, or passed on as they are. */
  readonly optionsAre?: 'first' | 'passed';
}

export type DoveadmCommand =
  | (Row & {readonly kind: 'plain'; readonly load: () => Promise<PlainRun>})
  | (Row & {readonly kind: 'mail'; readonly load: () => Promise<MailRun>});

/** What all mail commands take before their own. */
const MAIL_USAGE = '[-u <user>|-A] [-S <socket_path>]';
export const MAIL_OPTIONS = 'AF:S:u:';

export function usageOf(command: DoveadmCommand): string {
  return command.kind === 'mail' && command.hasPlainUsage !== true ? `${MAIL_USAGE} ${command.usage}` : command.usage;
}

/** The one value of an option; undefined when it was not given. */
export function optionOf({options}: Call, letter: string): string | undefined {
  return options.get(letter)?.at(-1);
}
