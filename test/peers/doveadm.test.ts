/**
 * doveadm beside the original, over the same mail, accounts and settings: what each prints, on which stream, and how it ends. What is not
 * compared: times, process ids, modification sequences (they begin elsewhere), and the order of mailboxes (the original's is the folder's).
 */
import assert from 'node:assert/strict';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {fillHome} from '../support/doveadm-mail.ts';
import {DoveadmSides, type SideRun} from '../support/doveadm-sides.ts';
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
        assert.ok(sides !== undefined);
        const left = [...group.lines];
        const workers = Array.from({length: group.isParallel ? 3 : 1}, async () => {
          for (let line = left.shift(); line !== undefined; line = left.shift()) await compare(sides, line, group);
        });
        await Promise.all(workers);
      });
    });
});

async function compare(sides: DoveadmSides | undefined, line: string, {isSorted}: Group): Promise<void> {
  const found = await sides?.both(readLine(line));
  const seen = (text = ''): string => {
    const plain = text.replaceAll('/usr/bin/doveadm:', 'doveadm:').replace(/(?<=modseq: )\d+/g, 'N');
    return isSorted ? plain.split('\n').sort().join('\n') : plain;
  };
  const side = (run: {status: number; stdout: string; stderr: string} | undefined) =>
    `${line}\nstatus ${run?.status}\n${seen(run?.stdout)}\n--\n${seen(run?.stderr)}`;
  assert.equal(side(found?.ours), side(found?.real));
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
