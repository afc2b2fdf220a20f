/**
 * doveadm beside the original, over the same mail, accounts and settings: what each prints, on which stream, and how it ends. What is not
 * compared: times, process ids, modification sequences (they begin elsewhere), and the order of mailboxes (the original's is the folder's).
 */
import assert from 'node:assert/strict';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {fillHome} from '../support/doveadm-mail.ts';
import {DoveadmSides, type SideRun} from '../support/doveadm-sides.ts';
import type {ToolRun} from '../support/stdio.ts';
import {requireRealDovecot} from '../support/real-dovecot-auth.ts';
import {changes, fetches, mailboxes, searches, uses} from './doveadm-cases.ts';

const SETTINGS = `
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=1G:messages=1000
}
namespace {
  inbox = yes
  prefix =
}
`;

interface Group {
  readonly title: string;
  readonly lines: readonly string[];
  /** Reads only, so that several can run at once. */
  readonly isParallel: boolean;
  /** Lines in any order. */
  readonly isSorted: boolean;
}

const GROUPS: readonly Group[] = [
  {title: 'uses and their faults', lines: uses, isParallel: true, isSorted: false},
  {title: 'searches', lines: searches, isParallel: true, isSorted: true},
  {title: 'fetched fields', lines: fetches, isParallel: true, isSorted: false},
  {title: 'mailboxes', lines: mailboxes, isParallel: false, isSorted: true},
  {title: 'changes of mail', lines: changes, isParallel: false, isSorted: true},
];

suite('doveadm beside the original', function () {
  this.timeout(240_000);

  for (const group of GROUPS)
    suite(group.title, () => {
      let sides: DoveadmSides | undefined;

      suiteSetup(async function () {
        requireRealDovecot(this);
        sides = new DoveadmSides(SETTINGS, fillHome);
        await sides.start();
      });

      suiteTeardown(() => sides?.dispose());

      test(`${group.lines.length} commands print the same and end alike`, async () => {
        const both = sides ?? assert.fail('not started');
        const left = [...group.lines];
        const differing: Pair = {ours: [], real: []};
        const workers = Array.from({length: group.isParallel ? 3 : 1}, async () => {
          for (let line = left.shift(); line !== undefined; line = left.shift())
            compare(differing, await seenOf(both, line, group));
        });
        await Promise.all(workers);
        assert.deepEqual(differing.ours, differing.real);
      });
    });
});

/** What each side said where they differ. */
interface Pair {
  readonly ours: string[];
  readonly real: string[];
}

function compare(differing: Pair, {ours, real}: {readonly ours: string; readonly real: string}): void {
  if (ours === real) return;
  differing.ours.push(ours);
  differing.real.push(real);
}

async function seenOf(
  sides: DoveadmSides,
  line: string,
  {isSorted}: Group,
): Promise<{readonly ours: string; readonly real: string}> {
  const {real, ours} = await sides.both(readLine(line));
  const plain = (text: string): string => {
    const known = text.replaceAll('/usr/bin/doveadm:', 'doveadm:').replace(/(?<=modseq: )\d+/g, 'N');
    return isSorted ? known.split('\n').sort().join('\n') : known;
  };
  const side = ({status, stdout, stderr}: ToolRun): string =>
    `${line}\nstatus ${status}\n${plain(stdout)}\n--\n${plain(stderr)}`;
  return {ours: side(ours), real: side(real)};
}

function readLine(line: string): SideRun {
  const [command = '', input] = line.split(' <<< ');
  const words = [...command.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '',
  );
  const first = words.findIndex(word => !/^[A-Z]+=/.test(word));
  const env = Object.fromEntries(words.slice(0, first).map(word => word.split('=', 2)));
  return {args: words.slice(first), env, ...(input === undefined ? {} : {input: input.replaceAll('\\n', '\n')})};
}
