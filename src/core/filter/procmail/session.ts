/**
 * One message through procmail: environment, rc files, the mailboxes of last resort, and what is to be done at the end (the
 * abstract, TRAP, the locks). Answers the exit status (procmail(1) DIAGNOSTICS, procmailrc(5) EXITCODE).
 */
import type {RcControl} from './assignments.ts';
import {forProgram, Runner} from './commands.ts';
import {type ComsatAddress, comsatAddress, sendNotice} from './comsat.ts';
import {deliverToFolder} from './folders.ts';
import {withFromLine} from './from-line.ts';
import type {Identities, Identity} from './identity.ts';
import {Interpreter, type RcEnd} from './interpreter.ts';
import {LockFiles} from './lock-files.ts';
import {logAbstract} from './log-abstract.ts';
import {type LogTarget, ProcmailLog} from './log.ts';
import {Mail} from './mail.ts';
import {numberOrWord} from './numbers.ts';
import type {Options} from './options.ts';
import {Programs} from './programs.ts';
import {openRcFile, type RcKind} from './rc-files.ts';
import {setFirstVariables, SYSTEM_PATH, userPath} from './session-variables.ts';
import {State} from './state.ts';
import {checkSystemMailbox} from './system-mailbox.ts';
import {Variables} from './variables.ts';

export const CANNOT_CREATE = 73;
export const TEMPORARY_FAILURE = 75;
const NO_INPUT = 66;
const NO_USER = 67;
const NO_PERMISSION = 77;

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: LogTarget;
  readonly identities: Identities;
  /** What `|` alone writes to. */
  writeOutput(bytes: Buffer): void;
  readonly now: () => Date;
  /** The sendmail that forwards, when it is not the system's. */
  readonly sendmail: string | undefined;
}

export const SYSTEM_RC = '/etc/procmailrc';

export class Session {
  readonly #options: Options;
  readonly #world: World;
  readonly #log: ProcmailLog;
  readonly #programs = new Programs();
  readonly #runner = new Runner(this.#programs);
  readonly #invoker: Identity | undefined;
  #who: Identity | undefined;
  #state: State;
  #interpreter: Interpreter;
  #comsat: ComsatAddress | undefined;
  /** Operands that have not been looked at as rc files yet. */
  #operands: readonly string[];

  constructor(options: Options, world: World, message: Buffer) {
    this.#options = options;
    this.#world = world;
    this.#operands = options.operands;
    this.#log = new ProcmailLog(world.log, world.now);
    this.#invoker = world.identities.invoker();
    this.#who = this.#invoker;
    this.#state = new State({
      log: this.#log,
      variables: new Variables(this.#log),
      locks: new LockFiles(this.#log),
      mail: new Mail(this.#begin(message), options.isBerkeley),
      arguments: options.arguments,
      status: options.failsSoftly ? TEMPORARY_FAILURE : CANNOT_CREATE,
      isBerkeley: options.isBerkeley,
    });
    this.#state.writeOutput = bytes => world.writeOutput(bytes);
    this.#interpreter = this.#newInterpreter();
  }

  #newInterpreter(): Interpreter {
    const control: Omit<RcControl, 'include' | 'switchTo' | 'leave'> = {
      setComsat: value => this.#setComsat(value),
      dropPrivileges: () => this.#becomeRecipient(),
    };
    return new Interpreter(this.#state, {
      runner: this.#runner,
      control,
      finish: (state, end) => this.#finish(state, end),
    });
  }

  /** A `From ` line, where the options ask for one; the message is copied, for it is changed. */
  #begin(message: Buffer): Buffer {
    const {from, recipient} = this.#options;
    if (from === undefined && recipient === undefined) return Buffer.from(message);
    const invoker = this.#invoker?.name ?? String(process.getuid?.() ?? 0);
    return Buffer.from(withFromLine(message, {from, invoker, now: this.#world.now()}));
  }

  async run(): Promise<number> {
    const refused = this.#chooseIdentity();
    if (refused !== undefined) return this.#say(refused);
    const {isFilter} = this.#options;
    const rcFile = this.#nextRcFile();
    if (isFilter && rcFile === undefined) return this.#say({text: 'Missing rcfile', status: NO_INPUT});
    this.#state.setUmask(0o077);
    const {preservesEnvironment} = this.#options;
    setFirstVariables(this.#state, {
      who: this.#who,
      world: this.#world,
      preservesEnvironment,
      isFilter,
      hasRcFile: rcFile !== undefined,
    });
    if (!this.#checkMailbox(isFilter)) return NO_USER;
    this.#state.variables.put('PATH', userPath(this.#state));
    await this.#operandAssignments();
    return this.#finish(this.#state, await this.#runRcFiles(rcFile));
  }

  #say({text, status}: {text: string; status: number}): number {
    this.#log.notice(`${text}\n`);
    this.#log.flush();
    return status;
  }

  /** Undefined when all is well. */
  #chooseIdentity(): {text: string; status: number} | undefined {
    const {recipient} = this.#options;
    if (recipient === undefined) return undefined;
    const user = this.#world.identities.named(recipient);
    if (user === undefined) return {text: `Unknown user "${recipient}"`, status: NO_USER};
    const uid = process.getuid?.() ?? 0;
    if (uid !== 0 && uid !== user.uid) return {text: 'Insufficient privileges', status: NO_PERMISSION};
    this.#who = user;
    return undefined;
  }

  /** Root becomes the recipient for good. */
  #becomeRecipient(): void {
    this.#log.isVerbose = false;
    const who = this.#who;
    if (who === undefined || process.getuid?.() !== 0 || who.uid === 0) return;
    initgroups(who.name, who.gid);
    process.setgid?.(who.gid);
    process.setuid?.(who.uid);
  }

  /** False when mail for this user goes elsewhere. */
  #checkMailbox(isFilter: boolean): boolean {
    const {variables, steering} = this.#state;
    const path = variables.text('ORGMAIL');
    const check =
      isFilter || this.#who === undefined
        ? 'unusable'
        : checkSystemMailbox(this.#log, path, this.#who, this.#options.recipient !== undefined);
    if (check === 'unusable' && this.#who !== undefined) {
      variables.drop('ORGMAIL');
      if (steering.get('DEFAULT') === path) steering.set('DEFAULT', '');
    }
    return check !== 'autoforwarding';
  }

  /** The first operand without `=`; those before it are assignments. */
  #nextRcFile(): string | undefined {
    const at = this.#operands.findIndex(operand => !operand.includes('='));
    if (at < 0) return undefined;
    const file = this.#operands[at];
    this.#operands = this.#operands.slice(at + 1);
    return file;
  }

  /** `VARIABLE=value` operands; with -m up to the rc file, what follows are its arguments. */
  async #operandAssignments(): Promise<void> {
    const {operands, isFilter} = this.#options;
    for (const [index, operand] of operands.entries()) {
      const equals = operand.indexOf('=');
      if (equals >= 0) await this.#operandAssignment(operand.slice(0, equals), operand.slice(equals + 1));
      else if (isFilter) {
        this.#state.arguments = operands.slice(index + 1);
        this.#operands = [];
        return;
      }
    }
  }

  async #operandAssignment(name: string, value: string): Promise<void> {
    this.#becomeRecipientOnce();
    const {text, isTooLong} = await this.#runner.expand(this.#state, value, 'text', name.length + 1);
    if (!isTooLong) await this.#interpreter.assign(name, text.slice(0, -1));
  }

  #hasBecomeRecipient = false;

  #becomeRecipientOnce(): void {
    if (this.#hasBecomeRecipient) return;
    this.#hasBecomeRecipient = true;
    this.#becomeRecipient();
  }

  async #runRcFiles(rcFile: string | undefined): Promise<RcEnd> {
    if (rcFile === undefined && !this.#options.preservesEnvironment && (await this.#runSystemRc()) === 'delivered')
      return 'delivered';
    this.#becomeRecipientOnce();
    if (rcFile === undefined) return this.#runDefaultRc();
    const kind = rcFile.startsWith('/') ? 'absolute' : 'current';
    if (this.#options.isFilter) return (await this.#runRc(rcFile, kind, false)) ?? 'end';
    return this.#runNamedRcs(rcFile);
  }

  /** The first that can be read counts; the next ones when HOST is another in it. */
  async #runNamedRcs(first: string): Promise<RcEnd> {
    let mayComplain = true;
    for (let file: string | undefined = first; file !== undefined; file = this.#nextRcFile()) {
      const isCurrent = file.startsWith('./');
      const path = file.startsWith('/') || isCurrent ? file : `${this.#state.variables.text('HOME')}/${file}`;
      const end = await this.#runRc(path, isCurrent ? 'current' : 'absolute', !mayComplain);
      if (end === undefined) mayComplain = false;
      else if (end !== 'left') return end;
      else if (!this.#operands.some(operand => !operand.includes('='))) return end;
    }
    return 'end';
  }

  async #runDefaultRc(): Promise<RcEnd> {
    const path = `${this.#state.variables.text('HOME')}/.procmailrc`;
    if (path.startsWith('/')) return (await this.#runRc(path, 'default', true)) ?? 'end';
    this.#log.notice('default rcfile is not an absolute path\n');
    return 'end';
  }

  /** The administrator's, with a PATH that is nobody else's to choose. */
  async #runSystemRc(): Promise<RcEnd | undefined> {
    const path = (this.#world.identities.root ?? '') + SYSTEM_RC;
    const text = openRcFile(this.#log, path, 'current', {uid: 0, gid: 0}, true);
    if (text === undefined) return undefined;
    this.#log.tell('Rcfile:', path);
    this.#state.variables.set('PATH', SYSTEM_PATH);
    const end = await this.#interpreter.run(path, text);
    this.#state.variables.set('PATH', userPath(this.#state));
    return end;
  }

  async #runRc(path: string, kind: RcKind, mayBeMissing: boolean): Promise<RcEnd | undefined> {
    const reader = {uid: this.#who?.uid ?? process.getuid?.() ?? 0, gid: this.#who?.gid ?? process.getgid?.() ?? 0};
    const text = openRcFile(this.#log, path, kind, reader, mayBeMissing);
    if (text === undefined) return undefined;
    if (kind === 'current') this.#chooseDirectory('.');
    this.#log.tell('Rcfile:', path);
    if (kind !== 'current') this.#chooseDirectory(this.#state.variables.text('HOME'));
    return this.#interpreter.run(path, text);
  }

  /** Unless MAILDIR was set before. */
  #chooseDirectory(directory: string): void {
    if (this.#state.hasChosenDirectory) return;
    this.#state.hasChosenDirectory = true;
    let chosen = directory;
    if (directory !== '.' && !this.#state.changeDirectory(directory)) {
      this.#log.quote("Couldn't chdir to", directory);
      chosen = '.';
    }
    this.#state.variables.set('MAILDIR', chosen);
  }

  /** What is not delivered yet goes to the mailboxes of last resort; then all is brought to its end. */
  async #finish(state: State, end: RcEnd): Promise<number> {
    if (end !== 'end' || (await this.#deliverByDefault(state))) state.status = 0;
    state.locks.releaseLocal();
    return this.#terminate(state);
  }

  async #deliverByDefault(state: State): Promise<boolean> {
    const first = state.steer('DEFAULT');
    if (first !== '' && (await deliverWhole(state, first, true))) return true;
    const last = state.variables.text('ORGMAIL');
    return last !== '' && last !== first && (await deliverWhole(state, last, false));
  }

  async #terminate(state: State): Promise<number> {
    const {variables} = state;
    if (state.status !== 0) state.lastOffset = -1;
    const folder = state.status === 0 ? variables.text('LASTFOLDER') : failureName(state);
    await this.#notify(state, folder);
    logAbstract(state, folder);
    await this.#runTrap(state);
    state.locks.releaseAll();
    this.#log.flush();
    return state.pretendsDelivery ? 0 : state.status;
  }

  /** EXITCODE overrides; set to nothing, it makes TRAP's own exit code count. */
  async #runTrap(state: State): Promise<void> {
    const trap = state.steer('TRAP');
    const wish = state.isExitCodeSet ? state.variables.get('EXITCODE') : undefined;
    const forced = wish === undefined ? -1 : numberOrWord(wish, -2);
    if (forced >= 0) state.status = forced & 0xff;
    if (trap === '') return;
    if (wish === undefined) state.variables.set('EXITCODE', String(state.status));
    const command = await this.#runner.command(state, trap);
    const input = forProgram(state.mail.bytes, false);
    const {status = 0} = await this.#programs.run(state, {command, input, output: 'log', waits: true});
    if (status !== 0 && forced === -2) state.status = status & 0xff;
  }

  #setComsat(value: string): boolean {
    const address = comsatAddress(value);
    this.#comsat = address === 'off' ? undefined : address;
    return this.#comsat !== undefined;
  }

  async #notify(state: State, folder: string): Promise<void> {
    const name = state.variables.text('LOGNAME');
    if (this.#comsat === undefined || name === '' || folder === '') return;
    const isRelative = state.status === 0 && !folder.startsWith('/');
    const place = isRelative ? `${state.variables.text('MAILDIR')}/${folder}` : folder;
    const text = `${name}@${state.lastOffset >= 0 ? state.lastOffset : ''}:${place}`;
    await sendNotice(this.#comsat, text);
    state.log.tell('Notified comsat:', text);
  }

  /** Told to end by a signal: the message goes back (or is given up), the locks are released. Answers the exit status. */
  interrupt(status: number, isGivenUp: boolean): number {
    const state = this.#state;
    this.#programs.terminate();
    const {waitingFor} = state.locks;
    state.log.notice('Terminating prematurely');
    state.log.write(waitingFor === undefined ? '\n' : ` whilst waiting for lockfile "${waitingFor}"\n`);
    state.status = status;
    logAbstract(state, isGivenUp ? '**Lost**' : failureName(state));
    state.locks.releaseAll();
    this.#log.flush();
    return isGivenUp || state.pretendsDelivery ? 0 : status;
  }

  /** SIGALRM: as if TIMEOUT had passed. */
  forceTimeout(): void {
    this.#programs.expire();
  }

  setVerbose(isVerbose: boolean): void {
    this.#log.isVerbose = isVerbose;
  }
}

/** Node has it, its types lack it. */
function initgroups(name: string, gid: number): void {
  (process as {initgroups?: (user: string, group: number) => void}).initgroups?.(name, gid);
}

function failureName({status, pretendsDelivery}: State): string {
  if (pretendsDelivery) return '**Lost**';
  return status === TEMPORARY_FAILURE ? '**Requeued**' : '**Bounced**';
}

function deliverWhole(state: State, folder: string, locks: boolean): Promise<boolean> {
  const to = state.mail.bytes.length;
  return deliverToFolder(state, {folders: [folder], from: 0, to, isRaw: false, ignoresErrors: false, locks});
}
