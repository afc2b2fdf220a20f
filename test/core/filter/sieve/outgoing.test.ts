/** What scripts send, and whom they do not answer; what is remembered across restarts. */
import assert from 'node:assert/strict';
import {appendFileSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Correspondence, OutgoingMail} from '../../../../src/core/filter/sieve/outgoing/correspondence.ts';
import {encodeHeader} from '../../../../src/core/filter/sieve/outgoing/correspondence.ts';
import {performResult} from '../../../../src/core/filter/sieve/outgoing/perform.ts';
import type {SeenBefore} from '../../../../src/core/filter/sieve/run/environment.ts';
import {SeenFile} from '../../../../src/core/filter/sieve/seen-file.ts';
import {environment, runOn} from './support.ts';

const MESSAGE = 'From: a@b.c\nTo: joe@example.org\nSubject: x\nMessage-ID: <1@x>\n';

interface Done {
  readonly sent: readonly OutgoingMail[];
  readonly stored: readonly string[];
  readonly log: readonly string[];
}

interface Changes {
  readonly from?: string;
  readonly to?: string;
  readonly seen?: SeenBefore;
  readonly settings?: ReadonlyMap<string, string>;
  readonly takesPipe?: boolean;
}

async function perform(script: string, header: string, changes: Changes = {}): Promise<Done> {
  const {from = 'a@b.c', to = 'joe@example.org', seen, settings = new Map<string, string>()} = changes;
  const envelope = {from, to, originalTo: to};
  const {filtering} = await runOn(script, `${header}\nbody\n`, {envelope, seen});
  const sent: OutgoingMail[] = [];
  const stored: string[] = [];
  const log: string[] = [];
  let count = 0;
  const mail: Correspondence = {
    message: filtering.message,
    envelope,
    hostName: 'mx.example.org',
    userEmail: undefined,
    postmaster: 'postmaster@example.org',
    now: () => environment.now(),
    uniqueId: () => `1-2-${count++}`,
    setting: name => settings.get(name),
  };
  await performResult(filtering.result, {
    mail,
    seen,
    defaultMailbox: 'INBOX',
    store: async ({mailbox}) => void stored.push(mailbox),
    send: async letter => void sent.push(letter),
    pipe: async () => ((changes.takesPipe ?? true) ? undefined : 'not taken'),
    error: text => log.push(text),
    log: text => log.push(text),
  });
  return {sent, stored, log};
}

const VACATION = 'require "vacation"; vacation "away";';

suite('Sieve: who gets no vacation reply', () => {
  const cases: readonly (readonly [title: string, header: string, changes: Changes, log: RegExp])[] = [
    ['the null sender', '', {from: ''}, /vacation reply to <>/],
    ['the user', '', {from: 'Joe@example.org'}, /own address <Joe@example.org>/],
    ['a list', 'List-Id: x\n', {}, /mailinglist recipient/],
    ['bulk mail', 'Precedence: bulk\n', {}, /precedence=bulk/],
    ['junk', 'Precedence: Junk\n', {}, /precedence=Junk/],
    ['a robot', 'Auto-Submitted: auto-replied\n', {}, /auto-submitted message/],
    ['who asks for none', 'X-Auto-Response-Suppress: DR, OOF\n', {}, /`OOF' flag/],
    ['a mailer', '', {from: 'MAILER-DAEMON@x.y'}, /system address/],
    ['an owner of a list', '', {from: 'owner-list@x.y'}, /system address/],
    ['a list server', '', {from: 'foo-request@x.y'}, /system address/],
    ['mail that was not addressed to the user', '', {to: 'other@example.org'}, /implicitly delivered/],
  ];
  for (const [title, header, changes, log] of cases)
    test(title, async () => {
      const done = await perform(VACATION, MESSAGE + header, changes);
      assert.deepEqual(done.sent, []);
      assert.deepEqual(done.stored, ['INBOX']);
      assert.match(done.log.join('\n'), log);
    });

  const answered: readonly (readonly [string, string, Changes])[] = [
    ['others', '', {}],
    ['mail that says it is no robot', 'Auto-Submitted: no\n', {}],
    ['a copy', 'Cc: Other <OTHER@example.org>\n', {to: 'other@example.org'}],
    [
      'whoever, when recipients are not looked at',
      '',
      {to: 'other@example.org', settings: new Map([['sieve_vacation_dont_check_recipient', 'yes']])},
    ],
  ];
  for (const [title, header, changes] of answered)
    test(`answered: ${title}`, async () => {
      const {sent} = await perform(VACATION, MESSAGE + header, changes);
      assert.deepEqual(
        sent.map(({sender, recipients}) => [sender, recipients]),
        [['', ['a@b.c']]],
      );
    });

  test('nothing of the message gets into the header but as one line', async () => {
    const script = 'require ["vacation","variables"]; vacation :subject "a\nBcc: evil@x" :from "joe@example.org" "x";';
    const {sent} = await perform(script, MESSAGE);
    assert.doesNotMatch(sent[0]?.text ?? '', /^Bcc:/m);
  });
});

suite('Sieve: mails', () => {
  test('a redirected message names who sent it on, and the next loop stops it', async () => {
    const {sent, stored} = await perform('redirect "x@y.z";', MESSAGE);
    assert.match(
      sent[0]?.text ?? '',
      /^X-Sieve: Pigeonhole Sieve [^\n]*\nX-Sieve-Redirected-From: joe@example\.org\n$/,
    );
    assert.deepEqual(
      [sent[0]?.sender, sent[0]?.recipients, sent[0]?.isFollowed, stored],
      ['a@b.c', ['x@y.z'], true, []],
    );
    const again = await perform('redirect "x@y.z";', `X-Sieve-Redirected-From: joe@example.org\n${MESSAGE}`);
    assert.deepEqual(again.sent, []);
    assert.match(again.log.join(), /mail loop/);
  });

  test('a refusal is not sent to nobody', async () => {
    assert.equal((await perform('require "reject"; reject "no";', MESSAGE)).sent.length, 1);
    assert.deepEqual((await perform('require "reject"; reject "no";', MESSAGE, {from: ''})).sent, []);
  });

  test('a pipe that is not taken keeps the message', async () => {
    const script = 'require "vnd.dovecot.pipe"; pipe "p";';
    assert.deepEqual((await perform(script, MESSAGE)).stored, []);
    assert.deepEqual((await perform(script, MESSAGE, {takesPipe: false})).stored, ['INBOX']);
  });

  test('a robot causes no notification', async () => {
    const script = 'require "enotify"; notify "mailto:x@y";';
    assert.equal((await perform(script, MESSAGE)).sent.length, 1);
    assert.deepEqual((await perform(script, `${MESSAGE}Auto-Submitted: auto-generated\n`)).sent, []);
  });

  const headers: readonly (readonly [string, string])[] = [
    ['plain', 'plain'],
    ['a\r\nb', 'a b'],
    ['H\xc3\xa9llo long text', '=?utf-8?q?H=C3=A9llo?= long text'],
    ['note \xc3\xa9', 'note =?utf-8?b?w6k=?='],
  ];
  for (const [text, encoded] of headers)
    test(`header text ${JSON.stringify(text)}`, () => assert.equal(encodeHeader(text), encoded));
});

suite('Sieve: what was seen before', () => {
  let folder: string;
  setup(() => (folder = mkdtempSync(join(tmpdir(), 'sieve-seen-'))));
  teardown(() => rmSync(folder, {recursive: true, force: true}));

  test('is known after a restart, until it expires', async () => {
    let now = 1000_000;
    const path = join(folder, 'seen');
    const first = new SeenFile(path, () => now);
    assert.equal(await first.has('a'), false);
    await first.mark('a', 10);
    const second = new SeenFile(path, () => now);
    assert.equal(await second.has('a'), true);
    now += 11_000;
    assert.equal(await second.has('a'), false);
  });

  test('is seen by two at a time, survives broken lines, and does not grow without end', async () => {
    const path = join(folder, 'seen');
    const one = new SeenFile(path, () => 1000);
    const two = new SeenFile(path, () => 1000);
    await one.mark('a', 100);
    appendFileSync(path, 'garbage\n\0\n');
    assert.equal(await two.has('a'), true);
    for (let round = 0; round < 1100; round++) await one.mark('b', 100);
    assert.ok(readFileSync(path, 'latin1').split('\n').length < 1010);
    assert.equal(await two.has('b'), true);
  });

  test('a second reply waits for the period, a second redirect is dropped, a duplicate is told', async () => {
    const seen = new SeenFile(join(folder, 'seen'), () => environment.now());
    assert.equal((await perform(VACATION, MESSAGE, {seen})).sent.length, 1);
    const again = await perform(VACATION, MESSAGE, {seen});
    assert.deepEqual(again.sent, []);
    assert.match(again.log.join(), /discarded duplicate vacation response to <a@b\.c>/);
    assert.equal((await perform(VACATION.replace('away', 'gone'), MESSAGE, {seen})).sent.length, 1);
    assert.equal((await perform('redirect "x@y.z";', MESSAGE, {seen})).sent.length, 1);
    assert.deepEqual((await perform('redirect "x@y.z";', MESSAGE, {seen})).sent, []);
    const script = 'require ["duplicate","fileinto"]; if duplicate {fileinto "dup";}';
    assert.deepEqual((await perform(script, MESSAGE, {seen})).stored, ['INBOX']);
    assert.deepEqual((await perform(script, MESSAGE, {seen})).stored, ['dup']);
  });
});
