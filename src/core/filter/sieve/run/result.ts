/**
 * The actions of a message, gathered over all scripts: what is said twice is done once, what contradicts is an error
 * (RFC 5228 section 2.10.2 to 2.10.6), limits are sieve_max_actions and sieve_max_redirects.
 */
import type {Action, NotifyAction, StoreAction} from './action.ts';
import {RunFault} from './fault.ts';

export interface Limits {
  readonly maxActions: number;
  readonly maxRedirects: number;
}

export class Result {
  readonly actions: Action[] = [];
  /** Flags the implicit keep sets (imap4flags). */
  keepFlags: readonly string[] | undefined;
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Actions before this one are of earlier scripts. */
  #ownFrom = 0;

  /** Another script goes on with what is there; whether the message is kept is for it to say. */
  beginScript(): void {
    const others = this.actions.filter(action => action.kind !== 'store' || !action.isKeep);
    this.actions.splice(0, this.actions.length, ...others);
    this.#ownFrom = others.length;
  }

  /** What the present script has added. */
  get ownActions(): readonly Action[] {
    return this.actions.slice(this.#ownFrom);
  }

  /** The present script has failed: what earlier ones decided stays, and the message is kept. */
  dropOwn(): void {
    this.actions.length = this.#ownFrom;
    this.keepFlags = undefined;
  }

  /** By the present script's word; earlier ones have no say in it. */
  get keepsImplicitly(): boolean {
    return this.ownActions.every(action => action.copy || !CANCELS_KEEP.has(action.kind));
  }

  /** The message stays in the default mailbox, so that a further script may decide about it. */
  get keeps(): boolean {
    return this.keepsImplicitly || this.ownActions.some(action => action.kind === 'store' && action.isKeep);
  }

  /** Throws `RunFault` where it can't go with what is there. */
  add(action: Action): void {
    for (const other of this.actions) {
      const conflict = conflictOf(action, other);
      if (conflict !== undefined) throw new RunFault(conflict, true);
      if (merges(action, other)) return;
    }
    this.#checkLimits(action);
    this.actions.push(action);
  }

  #checkLimits(action: Action): void {
    const {maxActions, maxRedirects} = this.#limits;
    const total = this.actions.length + 1;
    if (maxActions > 0 && total > maxActions)
      throw new RunFault(`total number of actions exceeds policy limit (${total} > ${maxActions})`, true);
    if (action.kind !== 'redirect') return;
    const redirects = this.actions.filter(({kind}) => kind === 'redirect').length + 1;
    if (maxRedirects > 0 && redirects > maxRedirects)
      throw new RunFault(`number of redirect actions exceeds policy limit (${redirects} > ${maxRedirects})`, true);
  }
}

/** A pipe without :copy cancels it too, once its program has taken the message. */
const CANCELS_KEEP: ReadonlySet<Action['kind']> = new Set(['store', 'redirect', 'reject', 'discard']);
const DELIVERS: ReadonlySet<Action['kind']> = new Set(['store', 'redirect']);
const RESPONDS: ReadonlySet<Action['kind']> = new Set(['vacation']);

/** As messages name an action. */
function nameOf(action: Action): string {
  return action.kind === 'reject' && action.isExtended ? 'ereject' : action.kind;
}

function conflictOf(action: Action, other: Action): string | undefined {
  const [reject, against] = action.kind === 'reject' ? [action, other] : [other, action];
  const place = `${other.script}: line ${other.line}`;
  if (reject.kind === 'reject') {
    const third = against === other ? place : `${against.script}: line ${against.line}`;
    if (action.kind === 'reject' && other.kind === 'reject')
      return `duplicate reject/ereject action not allowed (previously triggered one was here: ${place})`;
    if (DELIVERS.has(against.kind))
      return `reject/ereject action conflicts with other action: the ${nameOf(against)} action (${third}) tries to deliver the message`;
    if (RESPONDS.has(against.kind))
      return action.kind === 'vacation'
        ? `vacation action conflicts with other action: the ${nameOf(other)} action (${place}) also sends a response back to the sender`
        : `reject/ereject action conflicts with other action: the ${nameOf(against)} action (${third}) also sends a response to the sender`;
  }
  if (action.kind === 'vacation' && other.kind === 'vacation')
    return `duplicate vacation action not allowed (previously triggered one was here: ${place})`;
  return undefined;
}

/** True when `other` does it already; it then takes over what the new one adds. */
function merges(action: Action, other: Action): boolean {
  switch (action.kind) {
    case 'store':
      return other.kind === 'store' && mergeStore(action, other);
    case 'redirect':
      return other.kind === 'redirect' && other.address === action.address;
    case 'discard':
      return other.kind === 'discard';
    case 'mark':
      return other.kind === 'mark' && other.id === action.id;
    case 'notify':
      return other.kind === 'notify' && isToldAlready(action, other);
    case 'pipe':
    case 'reject':
    case 'vacation':
    case 'report':
      return false;
  }
}

function mergeStore(action: StoreAction, other: StoreAction): boolean {
  if (!isSameMailbox(action.mailbox, other.mailbox)) return false;
  if (action.flags !== undefined) other.flags = action.flags;
  other.create ||= action.create;
  other.copy &&= action.copy;
  return true;
}

function isSameMailbox(a: string, b: string): boolean {
  return a === b || (a.toUpperCase() === 'INBOX' && b.toUpperCase() === 'INBOX');
}

/** All its recipients are told by the other. */
function isToldAlready(action: NotifyAction, other: NotifyAction): boolean {
  const told = new Set([...other.to, ...other.cc]);
  return (
    action.isOld === other.isOld &&
    action.id === other.id &&
    [...action.to, ...action.cc].every(address => told.has(address))
  );
}
