/** What an assignment does besides setting the variable: procmailrc(5) Environment. One line for each variable. */
import {hostname} from 'node:os';
import {toByteString} from '../../base/bytes.ts';
import {describe} from '../../base/errors.ts';
import {leadingOctal, numberOrWord} from './numbers.ts';
import type {Settings, State} from './state.ts';

/** What only the interpreter can do. */
export interface RcControl {
  include(file: string): void;
  switchTo(file: string): void;
  /** HOST is another one: the rc file is over. */
  leave(): void;
  /** COMSAT: false when no notices are sent. */
  setComsat(value: string): boolean;
  dropPrivileges(): void;
  /** Variables that are only set: an explanation opens no log and takes no lock. */
  readonly withoutEffect?: ReadonlySet<string>;
}

type Effect = (state: State, value: string, control: RcControl) => Promise<void> | void;

/** Sets the variable, or removes it (`value` undefined), and does what goes with it. */
export async function assign(state: State, name: string, value: string | undefined, control: RcControl): Promise<void> {
  if (value === undefined) state.variables.remove(name);
  else state.variables.set(name, value);
  await applyAssignment(state, name, value === undefined ? '' : state.variables.text(name), control);
}

export async function applyAssignment(state: State, name: string, value: string, control: RcControl): Promise<void> {
  if (control.withoutEffect?.has(name) === true) return;
  const effect = EFFECTS.get(name);
  if (effect !== undefined) await effect(state, value, control);
  else if (state.steering.has(name)) state.steering.set(name, value);
}

/** A new file: what a mailbox gets, less the sign for new mail. */
const LOG_MODE = 0o667;

const EFFECTS: ReadonlyMap<string, Effect> = new Map<string, Effect>([
  ['LINEBUF', (state, value) => state.setLineLimit(value)],
  ['MAILDIR', setMaildir],
  ['LOGFILE', openLog],
  ['LOG', (state, value) => state.log.write(value)],
  ['EXITCODE', state => void (state.isExitCodeSet = true)],
  ['SHIFT', (state, value) => state.shift(numberOrWord(value, 0))],
  ['DELIVERED', (state, value) => void (state.pretendsDelivery ||= numberOrWord(value, 0) !== 0)],
  ['LOCKFILE', takeGlobalLock],
  ['UMASK', (state, value) => state.setUmask(leadingOctal(value))],
  ['INCLUDERC', (_state, value, control) => control.include(value)],
  ['SWITCHRC', (_state, value, control) => control.switchTo(value)],
  ['HOST', checkHost],
  ['DROPPRIVS', dropPrivileges],
  ['COMSAT', setComsat],
  ['VERBOSE', (state, value) => void (state.log.isVerbose = numberOrWord(value, Number(state.log.isVerbose)) !== 0)],
  ['LOCKSLEEP', number('lockSleepSeconds')],
  ['LOCKTIMEOUT', number('lockTimeoutSeconds')],
  ['SUSPEND', number('suspendSeconds')],
  ['TIMEOUT', number('timeoutSeconds')],
  ['LOGABSTRACT', number('logAbstract')],
  // NORESRETRY: Node can't go on without memory or processes; a failed start is told as such.
]);

function number(setting: keyof Settings): Effect {
  return (state, value) => void (state.settings[setting] = numberOrWord(value, state.settings[setting]));
}

function setMaildir(state: State, value: string): void {
  if (state.changeDirectory(value)) state.hasChosenDirectory = true;
  else {
    state.log.quote("Couldn't chdir to", value);
    state.variables.set('MAILDIR', '.');
    state.hasChosenDirectory = true;
  }
}

function openLog(state: State, value: string): void {
  const file = value === '' ? '/dev/null' : value;
  state.log.tell('Opening', file);
  try {
    state.log.open(file, LOG_MODE);
  } catch (fault) {
    state.log.quote('Error while writing to', file);
    if (state.log.isVerbose) state.log.notice(`${describe(fault)}\n`);
  }
}

async function takeGlobalLock(state: State, value: string): Promise<void> {
  if (!(await state.locks.takeGlobal(value, state.settings))) state.variables.remove('LOCKFILE');
}

function checkHost(state: State, value: string, control: RcControl): void {
  const name = toByteString(hostname());
  if (value === name) return;
  state.log.tell('HOST mismatched', name);
  control.leave();
}

function dropPrivileges(state: State, value: string, control: RcControl): void {
  if (numberOrWord(value, 0) === 0) return;
  if (state.log.isVerbose) state.log.notice('Assuming identity of the recipient, VERBOSE=off\n');
  control.dropPrivileges();
}

function setComsat(state: State, value: string, control: RcControl): void {
  if (!control.setComsat(value)) state.variables.set('COMSAT', 'no');
}
