/**
 * A look at the system mailbox before anything else (procmail(1) MISCELLANEOUS "bogus mailbox"): it is made when missing,
 * moved out of the way when it isn't the recipient's own plain file, and closed to others.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  type Stats,
} from 'node:fs';
import {toPath} from '../../base/bytes.ts';
import type {Identity} from './identity.ts';
import type {ProcmailLog} from './log.ts';
import {compact} from './numbers.ts';

const MAILBOX_MODE = 0o600;
/** Bits that say: leave the permissions alone. */
const LEFT_ALONE = constants.S_IXUSR | 0o7000;
const SET_UID = 0o4000;
const SET_GID = 0o2000;
const SHARED_SPOOL = constants.S_IWGRP | constants.S_IXGRP | constants.S_IWOTH | constants.S_IXOTH;

export type MailboxCheck = 'usable' | 'unusable' | 'autoforwarding';

/** `delivers`: a set-id mailbox is a sign that mail goes elsewhere, when procmail is the delivery agent (-d). */
export function checkSystemMailbox(log: ProcmailLog, path: string, owner: Identity, delivers: boolean): MailboxCheck {
  if (path === '') return 'unusable';
  if (path.endsWith('/') || path.endsWith('/.')) return 'usable'; // folders of their own kind are made when they get mail
  ensureSpool(path);
  for (let attempt = 0; attempt < 2; attempt++) {
    const found = lstatSync(toPath(path), {throwIfNoEntry: false});
    if (found === undefined) {
      if (makeMailbox(path, owner)) return 'usable';
    } else if (isBogus(found, owner)) {
      if (!moveAway(log, path, found, owner)) break;
    } else {
      if (delivers && isAutoforwarding(found)) {
        log.notice('Autoforwarding mailbox found\n');
        return 'autoforwarding';
      }
      tighten(log, path, found, owner);
      return 'usable';
    }
  }
  log.quote("Couldn't create", path);
  return 'unusable';
}

function ensureSpool(path: string): void {
  const directory = directoryPath(path);
  if (statSync(toPath(directory), {throwIfNoEntry: false}) !== undefined) return;
  try {
    mkdirSync(toPath(directory));
  } catch {
    // Making the mailbox will say so.
  }
}

function directoryPath(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0)) || '/';
}

function isBogus(found: Stats, owner: Identity): boolean {
  if (found.uid !== owner.uid || (found.mode & constants.S_IWUSR) === 0 || found.isSymbolicLink()) return true;
  return found.isDirectory() ? (found.mode & constants.S_IXUSR) === 0 : found.nlink !== 1;
}

function isAutoforwarding(found: Stats): boolean {
  return (found.mode & SET_UID) !== 0 || (!found.isDirectory() && (found.mode & SET_GID) !== 0);
}

function makeMailbox(path: string, owner: Identity): boolean {
  try {
    closeSync(openSync(toPath(path), 'wx', MAILBOX_MODE));
    if (process.getuid?.() === 0) chownSync(toPath(path), owner.uid, owner.gid);
    return true;
  } catch {
    return false;
  }
}

function moveAway(log: ProcmailLog, path: string, found: Stats, owner: Identity): boolean {
  const directory = directoryPath(path);
  const aside = `${directory === '/' ? '' : directory}/BOGUS.${owner.name}.${compact(found.ino)}`;
  log.notice(`Renaming bogus mailbox "${path}" info "${aside}"\n`);
  try {
    renameSync(toPath(path), toPath(aside));
    return true;
  } catch {
    return false;
  }
}

/** What the group may do is left in a spool that isn't everybody's: there the group is the mail system. */
function tighten(log: ProcmailLog, path: string, found: Stats, owner: Identity): void {
  if ((found.mode & LEFT_ALONE) !== 0) return;
  const spool = statSync(toPath(directoryPath(path)));
  const isOwn = spool.uid === owner.uid || (spool.mode & SHARED_SPOOL) === SHARED_SPOOL;
  const closed = 0o077 & (isOwn ? ~0 : ~(constants.S_IRGRP | constants.S_IWGRP));
  if ((found.mode & closed) === 0) return;
  log.quote('Enforcing stricter permissions on', path);
  try {
    chmodSync(toPath(path), found.mode & 0o7777 & ~0o077);
  } catch {
    // Somebody else's directory: said is said.
  }
}
