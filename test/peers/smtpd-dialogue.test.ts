/**
 * Dialogues of our own against the real smtpd and ours: the same replies, the same lines in the log, the same queue
 * files. All are played once on each side, many at a time, over one instance each.
 *
 * DIALOGUE_REPORT=file writes all that was played; DIALOGUE_SIDES=real plays the original against itself.
 */
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {requireRealPostfix} from '../support/real-postfix.ts';
import {Sides, type DialogueCase, type Played} from '../support/smtp-sides.ts';
import {access} from './smtpd-dialogues/access.ts';
import {addresses} from './smtpd-dialogues/addresses.ts';
import {commands} from './smtpd-dialogues/commands.ts';
import {contents} from './smtpd-dialogues/contents.ts';
import {greetings} from './smtpd-dialogues/greetings.ts';
import {KNOWN_DIFFERENCES, knownDifference} from './smtpd-dialogues/known-differences.ts';
import {parameters} from './smtpd-dialogues/parameters.ts';
import {security} from './smtpd-dialogues/security.ts';
import {TABLES} from './smtpd-dialogues/tables.ts';

const AREAS: Readonly<Record<string, readonly DialogueCase[]>> = {
  commands,
  greetings,
  parameters,
  addresses,
  contents,
  access,
  security,
};

suite('dialogues with the SMTP server', function () {
  this.timeout(300_000);
  const cases = Object.values(AREAS).flat();
  let sides: Sides | undefined;
  let theirs: Map<DialogueCase, Played>;
  let ours: Map<DialogueCase, Played>;

  suiteSetup(async function () {
    requireRealPostfix(this);
    sides = new Sides(cases, TABLES);
    const isRehearsal = process.env.DIALOGUE_SIDES === 'real';
    [theirs, ours] = await Promise.all([sides.playReal(), isRehearsal ? sides.playReal() : sides.playOurs()]);
    const report = process.env.DIALOGUE_REPORT;
    if (report !== undefined) writeFileSync(report, reportOf(cases, theirs, ours), 'latin1');
  });

  suiteTeardown(async () => await sides?.dispose());

  for (const [area, areaCases] of Object.entries(AREAS))
    suite(area, () => {
      for (const one of areaCases)
        test(one.title, () => {
          const [their, our] = [shown(theirs.get(one), one), shown(ours.get(one), one)];
          if (process.env.DIALOGUE_SIDES === 'real') return assert.equal(our, their);
          const known = knownDifference(one.title);
          if (known?.isChance === true) return;
          if (known !== undefined) return assert.notEqual(our, their, `no longer a difference: ${known.why}`);
          if (one.differs === undefined) return assert.equal(our, their);
          assert.notEqual(our, their, 'no longer a difference');
          for (const said of one.differs.says) assert.ok(our.includes(said), `${said} is not in\n${our}`);
        });
    });
});

function shown(played: Played | undefined, one: DialogueCase): string {
  assert.ok(played, 'was not played');
  const {transcript, log, messages} = played;
  return [...transcript, ...(one.withoutLog === true ? [] : ['', ...log]), '', ...messages].join('\n');
}

function reportOf(
  cases: readonly DialogueCase[],
  theirs: ReadonlyMap<DialogueCase, Played>,
  ours: ReadonlyMap<DialogueCase, Played>,
): string {
  return cases
    .map(one => {
      const [their, our] = [shown(theirs.get(one), one), shown(ours.get(one), one)];
      return `######## ${one.title}\n${their}\n${their === our ? '' : `######## OURS ${one.title}\n${our}\n`}`;
    })
    .concat(KNOWN_DIFFERENCES.map(({why}) => `######## known difference: ${why}\n`))
    .join('\n');
}
