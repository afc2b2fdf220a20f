/**
 * For whom procmail works: name, home directory, shell and system mailbox (procmail(1) OPTIONS -d and MISCELLANEOUS). In an
 * instance of ours these are its accounts; a mailbox is where its local(8) would put mail.
 */
import {readFileSync} from 'node:fs';
import {userInfo} from 'node:os';
import {toByteString, toPath} from '../../base/bytes.ts';
import {Accounts} from '../../account/accounts.ts';
import {parsePasswd} from '../../account/passwd-file.ts';
import {resolveInstance} from '../../config/instance.ts';
import {parseMainCf} from '../../config/main-cf.ts';

export interface Identity {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** ORGMAIL. */
  readonly mailbox: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MAIL_SPOOL = '/var/mail/';

export interface Identities {
  /** Root of an instance of ours; undefined on a host with its own users. */
  readonly root: string | undefined;
  /** Who runs procmail; LOGNAME chooses between names of one user. Undefined when nobody has the number. */
  invoker(): Identity | undefined;
  /** The user -d names: as written, else without its domain and in lower case. */
  named(name: string): Identity | undefined;
}

export function openIdentities(env: Environment): Identities {
  const root = instanceRoot(env);
  return root === undefined ? systemIdentities(env) : instanceIdentities(root, env);
}

/** An instance counts when the environment names it, as our local(8) does for the commands it runs. */
function instanceRoot(env: Environment): string | undefined {
  if (isEmpty(env['POSTHORN_HOME']) && isEmpty(env['MAIL_CONFIG'])) return undefined;
  const {root} = resolveInstance(undefined, env);
  return root === '/' ? undefined : root;
}

function isEmpty(value: string | undefined): boolean {
  return value === undefined || value === '';
}

function systemIdentities(env: Environment): Identities {
  const entries = (): ReturnType<typeof parsePasswd> => {
    try {
      return parsePasswd(readFileSync('/etc/passwd', 'latin1'));
    } catch {
      return new Map();
    }
  };
  const named = (name: string): Identity | undefined => {
    const line = entries().get(name);
    if (line?.uid === undefined || line.gid === undefined) return undefined;
    const {uid, gid, home, shell} = line;
    return {name, uid, gid, home, shell: shell === '' ? '/bin/sh' : shell, mailbox: MAIL_SPOOL + name};
  };
  return {
    root: undefined,
    named: name => named(name) ?? named(folded(name)),
    invoker() {
      const uid = process.getuid?.() ?? 0;
      const hinted = named(toByteString(env['LOGNAME'] ?? ''));
      return hinted?.uid === uid ? hinted : callingUser();
    },
  };
}

function callingUser(): Identity | undefined {
  try {
    const {username, uid, gid, homedir, shell} = userInfo();
    const name = toByteString(username);
    return {
      name,
      uid,
      gid,
      home: toByteString(homedir),
      shell: toByteString(shell ?? '/bin/sh'),
      mailbox: MAIL_SPOOL + name,
    };
  } catch {
    return undefined; // a number without a name
  }
}

function instanceIdentities(root: string, env: Environment): Identities {
  const accounts = new Accounts({root});
  const named = (name: string): Identity | undefined => {
    const account = accounts.lookup(name);
    if (account === undefined) return undefined;
    const {uid, gid, home, shell} = account;
    return {name: account.name, uid, gid, home, shell, mailbox: mailboxIn(root, env, account)};
  };
  return {
    root,
    named: name => named(name) ?? named(folded(name)),
    invoker() {
      const uid = process.getuid?.() ?? 0;
      const hinted = named(toByteString(env['LOGNAME'] ?? '').toLowerCase());
      return hinted?.uid === uid ? hinted : (named(userInfo().username) ?? callingUser());
    },
  };
}

function folded(name: string): string {
  return (name.split('@')[0] ?? '').toLowerCase();
}

/** home_mailbox and mail_spool_directory, read from main.cf alone: the whole configuration takes long to load. */
function mailboxIn(root: string, env: Environment, {name, home}: {name: string; home: string}): string {
  const settings = mainCf(resolveInstance(undefined, env).configDirectory);
  const homeMailbox = settings.get('home_mailbox') ?? '';
  if (homeMailbox !== '' && !homeMailbox.includes('$')) return `${home}/${homeMailbox}`;
  const spool = settings.get('mail_spool_directory');
  const directory = spool === undefined || spool.includes('$') ? `${root}/var/mail` : spool.replace(/\/$/, '');
  return `${directory}/${name}`;
}

function mainCf(directory: string): ReadonlyMap<string, string> {
  try {
    const file = `${toByteString(directory)}/main.cf`;
    return new Map(parseMainCf(readFileSync(toPath(file), 'latin1'), file).map(({name, value}) => [name, value]));
  } catch {
    return new Map();
  }
}
