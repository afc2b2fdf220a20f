/** formail and lockfile beside the originals: output, files, exit statuses. */
import assert from 'node:assert/strict';
import {BesideProcmail, type Case, requireOriginals} from '../support/beside-procmail.ts';
import {BABYL, BARE, HEADER_OPTIONS, MAILBOX, MESSAGE, SPLIT_OPTIONS} from './formail-cases.ts';

const FILES = {'full.cache': '<9@z>\0 <1@x>\0<1@x>\0\0'};

function formailCase(name: string, args: readonly string[], input: string, env: Record<string, string> = {}): Case {
  return {title: `formail ${args.join(' ')} < ${name}`, tool: 'formail', args, input, files: FILES, env};
}

const FORMAIL_CASES: readonly Case[] = [
  ...HEADER_OPTIONS.map(args => formailCase('message', args, MESSAGE)),
  ...HEADER_OPTIONS.map(args => formailCase('bare message', args, BARE)),
  ...HEADER_OPTIONS.slice(0, 12).map(args => formailCase('nothing', args, '')),
  ...SPLIT_OPTIONS.map(args => formailCase('mailbox', args, MAILBOX)),
  ...['5', '-002', '0099', 'x', '', '-1'].map(number =>
    formailCase(`mailbox, FILENO=${number}`, ['-s', 'sh', '-c', 'echo "[$FILENO]"; cat >/dev/null'], MAILBOX, {
      FILENO: number,
    }),
  ),
  formailCase('babyl', ['-Bs'], BABYL),
  formailCase('babyl', ['-Bfs'], BABYL),
  formailCase('nothing', ['-s'], ''),
  formailCase('empty lines', ['-s', 'cat'], '\n\n\n'),
  ...[
    'a@b',
    'joe',
    'joe@host',
    'host!joe',
    'joe@x.UUCP',
    '<a@b.c>',
    'A B <a@b.c>',
    '"A <x>" <a@b.c>',
    'a@b.c (A B)',
    '(c) a@b.c',
    'a @ b . c',
    'a@b.c, d@e.f',
    'friends: a@b.c, d@e.f;',
    '<@r.x:a@b.c>',
    '<a@b.c,d@e.f>',
    '"a b"@c.d',
    'a@[1.2.3.4]',
    '',
    ',',
    'a\\ b@c.d',
    '<>',
    'a@b.c\n (folded)',
    'A\n B\n <a@b.c>',
    'X <a@b.c> <d@e.f>',
    '(un(closed a@b.c',
    '"un closed a@b.c',
    'a b c',
  ].flatMap(address => [
    formailCase(`From: ${address}`, ['-rt'], `From: ${address}\nTo: x@y.z\n\n`),
    formailCase(`Return-Path: ${address}`, ['-r'], `From: other@host.example\nReturn-Path: ${address}\n\n`),
  ]),
  ...[
    'a@b.c Mon Jan  1 00:00:00 2024',
    'joe Mon Jan  1 00:00:00 2024',
    'joe Mon Jan  1 00:00:00 2024 remote from host',
    'x',
    'joe Mon Jan  1 00:00 2024\n>From x@y.z Mon Jan  1 00:00 2024',
    ' spaced Mon Jan  1 00:00 2024',
    'a Mon Jan  1 00:00 2024 remote from h1\n>From b Mon Jan  1 00:00 2024 forwarded by h2',
  ].flatMap(line => [
    formailCase(`From ${line}`, ['-r'], `From ${line}\nSubject: x\n\nbody\n`),
    formailCase(`From ${line}`, ['-R', 'From ', 'X-From:'], `From ${line}\nSubject: x\n\nbody\n`),
    formailCase(`From ${line}`, ['-lbox'], `From ${line}\nSubject: x\n\nbody\n`),
  ]),
  ...['5', '4', '100', '-1', 'x', ' 3'].flatMap(length => [
    formailCase(`Content-Length: ${length}`, ['-q-'], `Content-Length: ${length}\n\nab\nFrom x\n`),
    formailCase(
      `Content-Length: ${length}`,
      ['-q-', '-s'],
      `Content-Length: ${length}\n\nab\n\nFrom x y\nSubject: z\nTo: a\n\nb\n`,
    ),
  ]),
];

function lockCase(title: string, args: readonly string[], old: Readonly<Record<string, string>> = {}): Case {
  return {title: `lockfile ${args.join(' ')}${title}`, tool: 'lockfile', args, input: '', files: old};
}

const HELD = {held: '0'};
const LOCK_CASES: readonly Case[] = [
  lockCase('', []),
  lockCase('', ['a']),
  lockCase('', ['a', 'b', 'c']),
  lockCase('', ['-1', '-r', '1', 'held'], HELD),
  lockCase('', ['-r0', 'held'], HELD),
  lockCase('', ['-r0', 'a', 'held', 'b'], HELD),
  lockCase('', ['-!', '-r0', 'held'], HELD),
  lockCase('', ['-!', '-!', '-r0', 'held'], HELD),
  lockCase('', ['-!', 'a']),
  lockCase('', ['a', '-!']),
  lockCase('', ['-0', '-r3', 'held'], HELD),
  lockCase('', ['-0', '-r3', 'no/where']),
  lockCase('', ['-0', '-!', 'no/where']),
  lockCase('', ['-r']),
  lockCase('', ['-x']),
  lockCase('', ['-1x']),
  lockCase('', ['-s-1', 'a']),
  lockCase('', ['-mx']),
  lockCase('', ['-r1l5s2', 'a']),
  lockCase('', ['-!r0', 'held'], HELD),
  lockCase('', ['-r0', `${'n'.repeat(300)}`]),
  {...lockCase(' (an old lock)', ['-l', '10', '-s', '0', 'held'], HELD), ages: {held: 100}},
  {...lockCase(' (an old lock)', ['-l10', '-s0', '-r0', 'held'], HELD), ages: {held: 5}},
];

suite('formail and lockfile beside the originals', function () {
  this.timeout(60_000);
  const beside = new BesideProcmail();
  const cases = [...LOCK_CASES, ...FORMAIL_CASES];
  suiteSetup(function () {
    requireOriginals(this);
    beside.prepare(cases);
  });
  suiteTeardown(() => beside.dispose());

  for (const one of cases)
    test(one.title.replaceAll('\n', '\\n'), async () => {
      const ours = await beside.ours(one);
      assert.equal(ours, await beside.theirs(one));
    });
});
