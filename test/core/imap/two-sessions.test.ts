/** What one session does, another hears, at the moments allowed. As Dovecot 2.3.19 answers in the same situation. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {ImapDialogue} from '../../support/imap-dialogue.ts';
import {sameForBoth} from '../../support/imap-sides.ts';
import {openTestStore, type OurImap, startOurImap} from '../../support/our-imap.ts';

/** undefined: whatever is heard. */
type Step = readonly [who: 'a' | 'b', said: string, heard?: readonly string[]];

const SIX: readonly Step[] = Array.from({length: 6}, (_, n) => [
  'a',
  `APPEND INBOX {20+}\r\nSubject: x${n}\r\n\r\nbody${n}`,
]);
const BOTH: readonly Step[] = [...SIX, ['a', 'SELECT INBOX'], ['b', 'SELECT INBOX']];

suite('two IMAP sessions on one mailbox', () => {
  let home: string;
  setup(() => (home = mkdtempSync(join(tmpdir(), 'imap-two-'))));
  teardown(() => rmSync(home, {recursive: true, force: true}));

  test('numbers don’t move under FETCH, STORE and SEARCH', async () => {
    await play([
      ...BOTH,
      ['b', 'STORE 2 +FLAGS (\\Deleted)'],
      ['b', 'EXPUNGE', ['* 2 EXPUNGE', 'OK Expunge completed.']],
      ['a', 'FETCH 2 BODY[]', ['* 2 FETCH (FLAGS (\\Deleted \\Seen \\Recent) BODY[] NIL)', GONE]],
      ['a', 'FETCH 3 RFC822.SIZE', ['* 3 FETCH (RFC822.SIZE 20)', 'OK Fetch completed.']],
      ['a', 'FETCH 2 (ENVELOPE)', [`* 2 FETCH (ENVELOPE (${'NIL '.repeat(9)}NIL))`, GONE]],
      ['a', 'STORE 2 +FLAGS.SILENT (\\Seen)', ['OK Store completed.']],
      ['a', 'SEARCH TEXT body3', ['* SEARCH 4', 'OK Search completed.']],
      ['a', 'COPY 2 Trash', ['* 2 EXPUNGE', '* 5 RECENT', NO_LONGER]],
      ['a', 'COPY 1:3 Trash', ['OK [COPYUID <v> 1,3:4 1:3] Copy completed.']],
    ]);
  });

  test('news come in order: flags, expunges, new mail', async () => {
    await play([
      ...BOTH,
      ['b', 'STORE 1 +FLAGS.SILENT (\\Deleted)'],
      ['b', 'EXPUNGE'],
      ['b', 'STORE 1 +FLAGS.SILENT (\\Answered)'],
      ['b', 'APPEND INBOX {3+}\r\nabc'],
      [
        'a',
        'NOOP',
        ['* 2 FETCH (FLAGS (\\Answered \\Recent))', '* 1 EXPUNGE', '* 6 EXISTS', '* 5 RECENT', 'OK NOOP completed.'],
      ],
    ]);
  });

  test('a silent STORE is told to others, and to oneself what others did meanwhile', async () => {
    await play([
      ...BOTH,
      ['b', 'STORE 1 FLAGS.SILENT (\\Flagged)', ['OK Store completed.']],
      ['a', 'STORE 1 +FLAGS.SILENT (\\Seen)', ['* 1 FETCH (FLAGS (\\Flagged \\Recent))', 'OK Store completed.']],
      ['b', 'NOOP', ['* 1 FETCH (FLAGS (\\Flagged \\Seen))', 'OK NOOP completed.']],
    ]);
  });

  test('a mailbox that another session deleted ends ours', async () => {
    await play([
      ['b', 'CREATE gone'],
      ['a', 'SELECT gone'],
      ['b', 'DELETE gone', ['OK Delete completed.']],
      ['a', 'NOOP', ['* BYE IMAP session state is inconsistent, please relogin.']],
    ]);
  });

  test('one’s own too', async () => {
    await play([
      ['a', 'CREATE gone'],
      ['a', 'SELECT gone'],
      ['a', 'DELETE gone'],
      ['a', 'NOOP', ['* BYE Selected mailbox was deleted, have to disconnect.']],
    ]);
  });

  test('IDLE hears of new mail at once', async () => {
    const one = start();
    const two = start();
    await one.dialogue.greeting();
    await two.dialogue.greeting();
    await one.dialogue.say('SELECT INBOX');
    await one.dialogue.say('!i IDLE\r\n');
    one.dialogue.transcript.length = 0;
    await two.dialogue.say('APPEND INBOX (\\Seen) {3+}\r\nabc');
    await one.dialogue.await('* 1 RECENT');
    assert.deepEqual(sameForBoth(one.dialogue.transcript.splice(0)), ['S: * 1 EXISTS', 'S: * 1 RECENT']);
    await two.dialogue.say('SELECT INBOX');
    await two.dialogue.say('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await two.dialogue.say('EXPUNGE');
    await one.dialogue.await('* 0 RECENT');
    await one.dialogue.say('!DONE\r\n');
    await end(one, two);
  });

  test('delay-newmail tells new mail only to who asks', async () => {
    const settings = {clientWorkarounds: new Set(['delay-newmail'] as const)};
    await play(
      [
        ['a', 'SELECT INBOX'],
        ['b', 'APPEND INBOX {3+}\r\nabc'],
        ['a', 'UID FETCH 1:* FLAGS', ['OK Fetch completed.']],
        ['a', 'NOOP', ['* 1 EXISTS', '* 1 RECENT', 'OK NOOP completed.']],
      ],
      settings,
    );
  });

  interface Side {
    readonly imap: OurImap;
    readonly dialogue: ImapDialogue;
  }

  function start(settings: Parameters<typeof startOurImap>[1] = {}): Side {
    const imap = startOurImap(() => openTestStore(home), settings);
    return {imap, dialogue: new ImapDialogue(imap.output, imap.input)};
  }

  async function end(...sides: readonly Side[]): Promise<void> {
    for (const {dialogue} of sides) dialogue.close();
    for (const {imap} of sides) await imap.done;
  }

  async function play(steps: readonly Step[], settings: Parameters<typeof startOurImap>[1] = {}): Promise<void> {
    const sides = {a: start(settings), b: start(settings)};
    await sides.a.dialogue.greeting();
    await sides.b.dialogue.greeting();
    for (const [who, said, heard] of steps) {
      const {dialogue} = sides[who];
      dialogue.transcript.length = 0;
      await dialogue.say(said);
      const lines = sameForBoth(dialogue.transcript.slice(1)).map(line => line.replace(/^S: (?:t\d+ )?/, ''));
      if (heard !== undefined) assert.deepEqual(lines, heard, said);
    }
    await end(sides.a, sides.b);
  }
});

const GONE = 'OK [EXPUNGEISSUED] Some messages were already expunged.';
const NO_LONGER = 'NO [EXPUNGEISSUED] Some of the requested messages no longer exist.';
