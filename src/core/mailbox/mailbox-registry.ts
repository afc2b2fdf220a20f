/**
 * The mailboxes that this process has in memory, by their place on disk: all sessions of all users share them. One that
 * nobody uses any more stays for a while, so that STATUS and the next session find it warm.
 */
import type {SharedMailbox} from './shared-mailbox.ts';

interface Held {
  readonly mailbox: SharedMailbox;
  users: number;
  unusedSince: number;
}

const KEEP_MS = 60_000;
/** Messages in all mailboxes that nobody uses. */
const MOST_UNUSED_MESSAGES = 300_000;
const MOST_UNUSED = 100;

/** Under way: mailboxes that nobody uses any more write down what they have found out. */
const resting = new Set<Promise<void>>();
const held = new Map<string, Held>();
let staysWarm = false;
let sweeping: NodeJS.Timeout | undefined;

/** Of a process that serves many: what was found out is written down now and then, not when somebody leaves. */
export function keepMailboxesWarm(): void {
  staysWarm = true;
}

/** What this answers is given back with `releaseMailbox`. */
export function holdMailbox(place: string, make: () => SharedMailbox): SharedMailbox {
  let entry = held.get(place);
  if (entry === undefined || entry.mailbox.isLost)
    held.set(place, (entry = {mailbox: make(), users: 0, unusedSince: 0}));
  entry.users++;
  return entry.mailbox;
}

export function releaseMailbox(place: string, mailbox: SharedMailbox): void {
  const entry = held.get(place);
  if (entry?.mailbox !== mailbox) return; // another took its place
  if (--entry.users > 0) return;
  entry.unusedSince = performance.now();
  if (!staysWarm || mailbox.isLost) putToRest(mailbox);
  if (mailbox.isLost) held.delete(place);
  else sweepLater();
}

/** The process ends. */
export async function restMailboxes(): Promise<void> {
  staysWarm = false;
  for (const {mailbox} of held.values()) putToRest(mailbox);
  await mailboxesAtRest();
}

function putToRest(mailbox: SharedMailbox): void {
  const rest = mailbox.rest().catch(() => undefined); // what it still writes is a cache
  resting.add(rest);
  void rest.then(() => resting.delete(rest));
}

export async function mailboxesAtRest(): Promise<void> {
  if (!staysWarm) await Promise.all(resting);
}

/** It was deleted, or is another one now: who opens it next begins anew. */
export function forgetMailbox(place: string): void {
  const entry = held.get(place);
  if (entry === undefined) return;
  held.delete(place);
  entry.mailbox.isLost = true;
  entry.mailbox.tell();
}

function sweepLater(): void {
  dropUnused(KEEP_MS);
  if (sweeping !== undefined) return;
  sweeping = setTimeout(() => {
    sweeping = undefined;
    dropUnused(KEEP_MS);
    if ([...held.values()].some(entry => entry.users === 0)) sweepLater();
  }, KEEP_MS / 4);
  sweeping.unref();
}

function dropUnused(keepMs: number): void {
  const unused = [...held].filter(([, entry]) => entry.users === 0);
  unused.sort(([, a], [, b]) => b.unusedSince - a.unusedSince);
  let messages = 0;
  let count = 0;
  for (const [place, {mailbox, unusedSince}] of unused) {
    messages += mailbox.table.count;
    count++;
    const isOld = performance.now() - unusedSince > keepMs;
    if (!isOld && messages <= MOST_UNUSED_MESSAGES && count <= MOST_UNUSED) continue;
    held.delete(place);
    if (staysWarm) putToRest(mailbox);
  }
}
