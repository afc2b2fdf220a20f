/** The command attributes of a pipe(8) entry in master.cf: `flags=... user=... argv=...`. */
import {toByteString} from '../base/bytes.ts';
import type {Account, Accounts} from '../account/accounts.ts';
import type {Config} from '../config/config.ts';
import type {Rights} from './user-files.ts';

export interface PipeService {
  readonly flags: ReadonlySet<string>;
  readonly argv: readonly string[];
  readonly rights: Rights;
  readonly directory: string | undefined;
  readonly chroot: string | undefined;
  readonly lineEnd: string;
  /** What the null sender is called. */
  readonly nullSender: string;
  /** 0: none. */
  readonly sizeLimit: number;
}

/** The entry can't be used; the original's pipe dies of it. */
export class PipeServiceError extends Error {
  override readonly name = 'PipeServiceError';
}

const FLAGS = 'BDFORXhqu.>';

export function parsePipeService(args: readonly string[], accounts: Accounts, config: Config): PipeService {
  const attributes = new Map<string, string>();
  let argv: readonly string[] = [];
  for (let i = firstAttribute(args); i < args.length; i++) {
    const word = args[i] ?? '';
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    if (!NAMES.has(name) || equals < 0) throw new PipeServiceError(`unknown attribute name: ${word}`);
    if (name === 'argv') {
      argv = [word.slice(equals + 1), ...args.slice(i + 1)].filter((item, index) => index > 0 || item !== '');
      break;
    }
    attributes.set(name, word.slice(equals + 1));
  }
  if (argv.length === 0) throw new PipeServiceError('missing argv= command-line attribute');
  const flags = attributes.get('flags') ?? '';
  for (const flag of flags) if (!FLAGS.includes(flag)) throw new PipeServiceError(`unknown flag: ${flag} (ignored)`);
  return {
    flags: new Set(flags),
    argv,
    rights: rightsOf(attributes.get('user'), accounts, config),
    directory: attributes.get('directory'),
    chroot: attributes.get('chroot'),
    lineEnd: unescape(attributes.get('eol') ?? '\\n'),
    nullSender: attributes.get('null_sender') ?? 'MAILER-DAEMON',
    sizeLimit: sizeOf(attributes.get('size') ?? '0'),
  };
}

const NAMES: ReadonlySet<string> = new Set([
  'argv',
  'chroot',
  'directory',
  'eol',
  'flags',
  'null_sender',
  'size',
  'user',
]);

/** Behind the options that all daemons have: `-v`, `-D`, `-o name=value`. */
export function firstAttribute(args: readonly string[]): number {
  let at = 0;
  while (args[at]?.startsWith('-') === true) at += args[at] === '-o' ? 2 : 1;
  return at;
}

function rightsOf(text: string | undefined, accounts: Accounts, config: Config): Rights {
  if (text === undefined || text === '') throw new PipeServiceError('missing user= command-line attribute');
  const [userName = '', groupName = ''] = text.split(':');
  const user = accounts.systemUser(userName);
  if (user === undefined) throw new PipeServiceError(`unknown username: ${userName}`);
  const gid = groupName === '' ? user.gid : accounts.systemGroup(groupName);
  if (gid === undefined) throw new PipeServiceError(`unknown group: ${groupName}`);
  refusePrivileged(user, gid, accounts, config);
  return {uid: user.uid, gid};
}

/** Commands never run as root or as the mail system, where they could. */
function refusePrivileged(user: Account, gid: number, accounts: Accounts, config: Config): void {
  if (process.getuid?.() !== 0) return;
  if (user.uid === 0) throw new PipeServiceError('user= command-line attribute specifies root privileges');
  if (gid === 0) throw new PipeServiceError('user= command-line attribute specifies root group id');
  const owner = config.get('mail_owner');
  if (accounts.systemUser(owner)?.uid === user.uid)
    throw new PipeServiceError(`user= command-line attribute specifies mail system owner ${owner}`);
}

function sizeOf(text: string): number {
  if (!/^\d+$/.test(text)) throw new PipeServiceError(`bad size= value: ${text}`);
  return Number(text);
}

/** C's backslash escapes. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{1,3}|.)/gs, (_whole, code: string) => {
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    return ESCAPES.get(code) ?? toByteString(code);
  });
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);
