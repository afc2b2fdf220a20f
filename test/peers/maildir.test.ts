import assert from 'node:assert/strict';
import {existsSync, readFileSync, utimesSync} from 'node:fs';
import {flagBits, type Mailbox} from '../../src/core/mailbox/mailbox.ts';
import type {MailStore} from '../../src/core/mailbox/mail-store.ts';
import {saveMessage, withMailHome} from '../support/mail-home.ts';
import {asNobody, isRealImapMissing, RealImapSession, writeRealConfiguration} from '../support/real-imap-session.ts';

const ROUNDS = 100;
const FLAGS = [
  ['\\Answered', flagBits.answered],
  ['\\Flagged', flagBits.flagged],
  ['\\Deleted', flagBits.deleted],
  ['\\Seen', flagBits.seen],
  ['\\Draft', flagBits.draft],
] as const;
const KEYWORDS = ['$Junk', 'Custom', 'later'];

suite('mail used in turn by us and by the real imap', () => {
  suiteSetup(function () {
    if (!isRealImapMissing()) return;
    console.log('      SKIPPED: the real imap (dovecot-imapd, as root) is not installed');
    this.skip();
  });

  for (const [format, location, names] of [
    ['Maildir', 'maildir:~/Maildir', ['INBOX', 'Work', 'Work.Sub']],
    ['Maildir with layout fs', 'maildir:~/fs:LAYOUT=fs', ['INBOX', 'Work', 'Work/Sub']],
    ['mbox', 'mbox:~/mail:INBOX=~/inbox', ['INBOX', 'Work', 'Play']],
  ] as const)
    test(`${format}, ${ROUNDS} rounds of random changes: both see the same UIDs, flags, keywords and subscriptions`, () =>
      asNobody(() => inTurn(location, names)));
});

async function inTurn(location: string, names: readonly string[]): Promise<void> {
  await withMailHome(async (home, open) => {
    const store = await open({location});
    const real = new RealImapSession(home, writeRealConfiguration(home, location, 'mbox_lazy_writes = no'));
    const seed = Date.now();
    const random = generator(seed);
    const log: string[] = [];
    try {
      for (const name of names.slice(1)) await store.create(name);
      for (let round = 1; round <= ROUNDS; round++) {
        const name = names[random(names.length)] ?? 'INBOX';
        const target = names[random(names.length)] ?? 'INBOX';
        const change =
          round % 2 === 0 ? ourChange(store, name, target, random) : realChange(real, name, target, random);
        const changed = await change;
        if (round % 2 === 0) moveTime(home, names, round);
        log.push(`${name}: ${changed.replace(/\s+/g, ' ').slice(0, 70)}`);
        const seenByReal = await realView(real, name);
        const seenByUs = await ourView(store, name);
        assert.deepEqual(seenByUs, seenByReal, `round ${round}, seed ${seed}: ${log.slice(-5).join('; ')}`);
      }
      assert.equal(readFileSync(`${home}/dovecot.log`, {encoding: 'latin1', flag: 'a+'}), '');
    } finally {
      await real.end();
    }
  });
}

/** The real one tells a changed mbox by its size and the second of its time. */
function moveTime(home: string, names: readonly string[], round: number): void {
  for (const name of names) {
    const path = name === 'INBOX' ? `${home}/inbox` : `${home}/mail/${name}`;
    const time = Date.now() / 1000 + round;
    if (existsSync(path)) utimesSync(path, time, time);
  }
}

type Random = (below: number) => number;

/** Numerical Recipes' linear congruence: any will do. */
function generator(seed: number): Random {
  let state = seed >>> 0;
  return below => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function ourChange(store: MailStore, name: string, target: string, random: Random): Promise<string> {
  const box = await store.open(name, {isReadOnly: false});
  try {
    return await ourChangeIn(store, box, target, random);
  } finally {
    box.close();
  }
}

async function ourChangeIn(store: MailStore, box: Mailbox, target: string, random: Random): Promise<string> {
  const kind = box.count === 0 ? 0 : random(7);
  const [first, last] = someOf(box.count, random);
  const mode = (['add', 'remove', 'replace'] as const)[random(3)] ?? 'add';
  if (kind === 0 || kind === 1) {
    await saveMessage(store, box.name, message(random), {flags: someFlags(random), keywords: someKeywords(random)});
    return 'our save';
  }
  if (kind === 2 || kind === 3) {
    await box.setFlags([[first, last]], {mode, flags: someFlags(random), keywords: someKeywords(random)});
    return `our ${mode}`;
  }
  if (kind === 4) {
    await box.copy([[first, last]], target);
    return `our copy to ${target}`;
  }
  if (kind === 5) {
    await box.move([[first, last]], target);
    return `our move to ${target}`;
  }
  await (random(2) === 0 ? store.subscribe(target) : store.unsubscribe(target));
  await box.expunge([[1, box.count]], 'deleted');
  return 'our expunge';
}

async function realChange(real: RealImapSession, name: string, target: string, random: Random): Promise<string> {
  const selected = await real.command(`SELECT "${name}"`);
  const count = Number(/^\* (\d+) EXISTS/m.exec(selected)?.[1]);
  const kind = count === 0 ? 0 : random(7);
  const [first, last] = someOf(count, random);
  const mode = ['+FLAGS', '-FLAGS', 'FLAGS'][random(3)] ?? 'FLAGS';
  const flags = (): string => {
    const bits = someFlags(random);
    return [...FLAGS.filter(([, bit]) => (bits & bit) !== 0).map(([flag]) => flag), ...someKeywords(random)].join(' ');
  };
  const text = message(random).replaceAll('\n', '\r\n');
  const commands = [
    `APPEND "${name}" (${flags()}) {${text.length}+}\r\n${text}`,
    `APPEND "${name}" {${text.length}+}\r\n${text}`,
    `STORE ${first}:${last} ${mode} (${flags()})`,
    `STORE ${first}:${last} ${mode} (${flags()})`,
    `COPY ${first}:${last} "${target}"`,
    // The real one loses its way when it moves within an mbox.
    `${target === name ? 'COPY' : 'MOVE'} ${first}:${last} "${target}"`,
    `${random(2) === 0 ? 'SUBSCRIBE' : 'UNSUBSCRIBE'} "${target}"`,
  ];
  const command = commands[kind] ?? 'NOOP';
  await real.command(command);
  if (kind === 6) await real.command('EXPUNGE');
  return command;
}

function someOf(count: number, random: Random): [number, number] {
  const first = 1 + random(Math.max(1, count));
  return [first, Math.min(count, first + random(4))];
}

function someFlags(random: Random): number {
  return FLAGS.reduce((flags, [, bit]) => (random(3) === 0 ? flags | bit : flags), 0);
}

function someKeywords(random: Random): string[] {
  return KEYWORDS.filter(() => random(4) === 0);
}

function message(random: Random): string {
  return `From: a@example.com\nSubject: ${random(1000)}\n\n${'text\n'.repeat(random(20))}`;
}

interface View {
  readonly uidNext: number;
  readonly uidValidity: number;
  readonly messages: readonly string[];
  readonly subscriptions: readonly string[];
}

async function ourView(store: MailStore, name: string): Promise<View> {
  const box = await store.open(name, {isReadOnly: true});
  const messages: string[] = [];
  await box.items([[1, box.count]], {size: true, physicalSize: true, received: true}, (sequence, items) => {
    const flags: string[] = FLAGS.filter(([, bit]) => (box.flags(sequence) & bit) !== 0).map(([flag]) => flag);
    messages.push(line(box.uid(sequence), [...flags, ...box.keywordsOf(sequence)], items?.size, items?.received));
  });
  const subscribed = await store.list({patterns: ['*'], onlySubscribed: true});
  box.close();
  return {
    uidNext: messages.length === 0 ? 0 : box.uidNext,
    uidValidity: box.uidValidity,
    messages,
    subscriptions: subscribed.map(listed => listed.name).sort(),
  };
}

async function realView(real: RealImapSession, name: string): Promise<View> {
  const selected = await real.command(`EXAMINE "${name}"`);
  const isEmpty = /^\* 0 EXISTS/m.test(selected);
  const fetched = isEmpty ? '' : await real.command('FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE)');
  const lsub = await real.command('LSUB "" *');
  return {
    // An mbox without messages has no place for it.
    uidNext: isEmpty ? 0 : Number(/UIDNEXT (\d+)/.exec(selected)?.[1]),
    uidValidity: Number(/UIDVALIDITY (\d+)/.exec(selected)?.[1]),
    messages: [
      ...fetched.matchAll(/^\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\) RFC822.SIZE (\d+) INTERNALDATE "([^"]*)"\)/gm),
    ].map(([, uid, flags = '', size, date = '']) => {
      const list = flags.split(' ').filter(flag => flag !== '' && flag !== '\\Recent');
      return line(Number(uid), list, Number(size), Date.parse(date.trim().replace(/-/g, ' ')));
    }),
    subscriptions: [...lsub.matchAll(/^\* LSUB \([^)]*\) "[./]" "?([^"\r]*)"?/gm)]
      .map(([, found = '']) => found)
      .sort(),
  };
}

function line(uid: number, flags: readonly string[], size: number | undefined, received: number | undefined): string {
  return `${uid} ${[...flags].sort().join(' ')} ${size} ${received}`;
}
