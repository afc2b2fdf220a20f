/** procmail, formail and lockfile beside the originals: mailboxes, logs, output and exit statuses, byte by byte. */
import assert from 'node:assert/strict';
import {BesideProcmail, type Case, requireOriginals} from '../support/beside-procmail.ts';
import {COMMAND_LINES, CONDITIONS, DAEMON, LISTED, ODD, PLAIN, RC_FILES} from './procmail-cases.ts';

const FILES = {
  'other.rc': 'B=included\nLOG="in other\n"\n',
  'open.rc': ':0\n{\n X=1\n',
  'switch.rc': 'SWITCHRC=other.rc\nLOG="never\n"\n',
  'where.rc': 'LOG="$_\n"\n',
  'open/test.rc': 'A=1\n',
  'writable.rc': 'A=1\n',
  'others.rc': 'A=1\n',
  refuse: '#!/bin/sh\ncat >/dev/null\nexit 1\n',
};
const RIGHTS = {
  modes: {sendmail: 0o755, refuse: 0o755, open: 0o777, 'writable.rc': 0o666},
  owners: {'others.rc': 65534},
};
const SENDMAIL = '#!/bin/sh\nprintf "%s\\n" "$@" > @DIR@/sent; cat >> @DIR@/sent\n';
const HEAD = 'MAILDIR=@DIR@\nDEFAULT=$MAILDIR/default\nORGMAIL=$MAILDIR/orgmail\n';

function rcCase(title: string, rc: string, input: string): Case {
  const files = {...FILES, 'test.rc': HEAD + rc, sendmail: SENDMAIL};
  return {title, tool: 'procmail', args: ['@DIR@/test.rc'], input, files, ...RIGHTS};
}

/** All conditions in one file, a recipe each: the log is cut into their parts again. */
const ALL_CONDITIONS = CONDITIONS.map(
  (condition, index) => `VERBOSE=off\nLOG="### ${index}\n"\nVERBOSE=on\n:0\n* ${condition}\n{ }\nA=$=\n`,
).join('');

function conditionCase(title: string, message: string): Case {
  return rcCase(title, `SUBJ=Subject\n${ALL_CONDITIONS}:0\n/dev/null\n`, message);
}

function partsOf(shown: string): string[] {
  return shown.split(/^### \d+\n/m).slice(1);
}

function commandLineCases(): Case[] {
  return COMMAND_LINES.map(([args, rc, input]) => ({
    title: `procmail ${args.join(' ')}`,
    tool: 'procmail',
    args:
      args.includes('@DIR@/test.rc') || args.includes('./test.rc') || args[0] === '-d'
        ? args
        : ['DEFAULT=@DIR@/default', 'MAILDIR=@DIR@', ...args].sort(optionsFirst),
    input,
    files: {...FILES, 'test.rc': HEAD + rc, sendmail: SENDMAIL},
    ...RIGHTS,
    env: {MYVAR: 'mine'},
  }));
}

function optionsFirst(a: string, b: string): number {
  return Number(b.startsWith('-')) - Number(a.startsWith('-'));
}

suite('procmail beside the original', function () {
  this.timeout(60_000);
  const beside = new BesideProcmail();
  const conditions = [
    conditionCase('plain', PLAIN),
    conditionCase('list', LISTED),
    conditionCase('daemon', DAEMON),
    conditionCase('odd', ODD),
  ];
  const rcFiles = RC_FILES.map(([title, rc, message]) => rcCase(title, rc, message));
  const commandLines = commandLineCases();
  suiteSetup(function () {
    requireOriginals(this);
    beside.prepare([...conditions, ...rcFiles, ...commandLines]);
  });
  suiteTeardown(() => beside.dispose());

  for (const one of conditions) {
    let ours: string[];
    let theirs: string[];
    test(`${one.title}: all conditions are told of`, async () => {
      ours = partsOf(await beside.ours(one));
      theirs = partsOf(await beside.theirs(one));
      assert.equal(theirs.length, CONDITIONS.length);
      assert.equal(ours.length, CONDITIONS.length);
    });
    for (const [index, condition] of CONDITIONS.entries())
      test(`${one.title}: * ${condition}`, () => assert.equal(ours[index], theirs[index]));
  }

  for (const one of [...rcFiles, ...commandLines])
    test(one.title, async () => {
      const ours = await beside.ours(one);
      assert.equal(ours, await beside.theirs(one));
    });
});
