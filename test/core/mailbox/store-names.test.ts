import assert from 'node:assert/strict';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {ListPattern} from '../../../src/core/mailbox/list-pattern.ts';
import {MailError} from '../../../src/core/mailbox/mail-error.ts';
import {parseLocation} from '../../../src/core/mailbox/mail-location.ts';
import type {MailStore} from '../../../src/core/mailbox/mail-store.ts';
import {fromMutf7, toMutf7} from '../../../src/core/mailbox/mutf7.ts';
import type {NamespaceSettings} from '../../../src/core/mailbox/store-settings.ts';
import {saveMessage, withMailHome} from '../../support/mail-home.ts';

const NAMESPACE: NamespaceSettings = {
  type: 'private',
  prefix: '',
  separator: '/',
  inbox: true,
  hidden: false,
  list: 'yes',
  subscriptions: true,
  location: '',
  mailboxes: [],
};

const INVALID = 'Invalid mailbox name: ';

/** Separator, layout, name, words of the refusal (undefined: it is made); as the real one answers (2.3.19). */
const NAMES: readonly (readonly [string, 'maildir++' | 'fs', string, string | undefined])[] = [
  ['/', 'maildir++', 'A/B/C', undefined],
  ['/', 'maildir++', 'A.D', "Character not allowed in mailbox name: '.'"],
  ['/', 'maildir++', '../x', "Character not allowed in mailbox name: '.'"],
  ['/', 'maildir++', '~x', `${INVALID}Begins with '~'`],
  ['/', 'maildir++', 'x/~b', undefined],
  ['/', 'maildir++', 'a//b', `${INVALID}Has adjacent hierarchy separators`],
  ['/', 'maildir++', '/a', `${INVALID}Begins with hierarchy separator`],
  ['/', 'maildir++', '', `${INVALID}Name is empty`],
  ['/', 'maildir++', 'y'.repeat(300), 'Mailbox name too long'],
  ['/', 'maildir++', 'cur', undefined],
  ['/', 'maildir++', 'a*%b', undefined],
  ['/', 'maildir++', 'gr\xc3\xbcn', undefined],
  ['/', 'maildir++', '__proto__', undefined],
  ['.', 'maildir++', 'A/B', `${INVALID}Name must not have '/' characters`],
  ['.', 'maildir++', '../z', `${INVALID}Begins with hierarchy separator`],
  ['^', 'maildir++', 'A^B', undefined],
  ['^', 'maildir++', 'a/../b', "Character not allowed in mailbox name: '.'"],
  ['/', 'fs', '../x', `${INVALID}Contains '..' part`],
  ['/', 'fs', 'a/../b', `${INVALID}Contains '..' part`],
  ['/', 'fs', './c', `${INVALID}Contains '.' part`],
  ['/', 'fs', 'x/cur', `${INVALID}Contains reserved name`],
  ['/', 'fs', 'A.D', undefined],
];

const PATTERNS: readonly (readonly [string, string, boolean])[] = [
  ['*', 'A/B', true],
  ['%', 'A/B', false],
  ['%', 'A', true],
  ['A/%', 'A/B', true],
  ['A/%', 'A/B/C', false],
  ['A*C', 'A/B/C', true],
  ['%/%', 'A/B', true],
  ['inbox', 'INBOX', true],
  ['inbox/%', 'INBOX/x', true],
  ['InboxX', 'INBOXX', false],
  ['*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(2000), false],
];

suite('names of mailboxes', () => {
  for (const [separator, layout, name, refusal] of NAMES)
    test(`${layout} with ${separator}: ${JSON.stringify(name.slice(0, 40))} ${refusal === undefined ? 'is made' : 'is refused'}`, () =>
      withMailHome(async (home, open) => {
        const location = layout === 'fs' ? 'maildir:~/Maildir:LAYOUT=fs' : 'maildir:~/Maildir';
        const store = await open({location, namespaces: [{...NAMESPACE, separator}]});
        if (refusal === undefined) {
          await store.create(name);
          assert.ok((await namesOf(store)).includes(name));
        } else
          await assert.rejects(store.create(name), fault => fault instanceof MailError && fault.message === refusal);
        assert.ok(!existsSync(`${home}/x`) && !existsSync(`${home}/../x`));
      }));

  test('are in modified UTF-7 on disk', () => {
    for (const [name, onDisk] of [
      ['gr\xc3\xbcn', 'gr&APw-n'],
      ['a&b', 'a&-b'],
      ['\xe5\x8f\xb0\xe5\x8c\x97', '&U,BTFw-'],
      ['plain', 'plain'],
    ] as const) {
      assert.equal(toMutf7(name), onDisk);
      assert.equal(fromMutf7(onDisk), name);
    }
    for (const bad of ['a&b', '&', '&AGE-', '&2AA-', 'gr\xfcn']) assert.equal(fromMutf7(bad), undefined, bad);
    assert.equal(toMutf7('\xff'), undefined);
  });

  for (const [pattern, name, matches] of PATTERNS)
    test(`${pattern} ${matches ? 'matches' : 'does not match'} ${name.slice(0, 20)}`, () =>
      assert.equal(new ListPattern(pattern, '/').matches(name), matches));
});

suite('mail_location', () => {
  test('keys in any order, ~, and colons in values', () => {
    const location = parseLocation(
      'maildir:~/Maildir:INDEX=~/idx:LAYOUT=fs:INBOX=/var/mail/a::b:NO-NOSELECT',
      '/home/u',
    );
    assert.deepEqual(
      [location.root, location.index, location.layout, location.inbox, location.noNoselect],
      ['/home/u/Maildir', '/home/u/idx', 'fs', '/var/mail/a:b', true],
    );
    assert.throws(() => parseLocation('sdbox:~/x', '/'), MailError);
    assert.throws(() => parseLocation('nothing', '/'), MailError);
  });

  test('is found out: a Maildir, else mail folders with a spool, else a Maildir is made', () =>
    withMailHome(async (home, open) => {
      mkdirSync(`${home}/mail`);
      writeFileSync(`${home}/spool`, '');
      const mbox = await open({location: ''});
      assert.equal(mbox.path('INBOX', 'mailbox'), `${home}/spool`);
      mkdirSync(`${home}/Maildir`);
      const maildir = await open({location: ''});
      assert.equal(maildir.path('INBOX', 'mailbox'), `${home}/Maildir`);
    }));
});

suite('namespaces, lists and subscriptions', () => {
  test('a prefix leads to its namespace, and names outside are refused with a hint', () =>
    withMailHome(async (_home, open) => {
      const store = await open({namespaces: [{...NAMESPACE, separator: '.', prefix: 'INBOX.'}]});
      await store.create('INBOX.k');
      assert.deepEqual(await namesOf(store), ['INBOX.k', 'INBOX']);
      await assert.rejects(
        store.create('k'),
        /nonexistent namespace. \(Mailbox name should probably be prefixed with: INBOX.\)/,
      );
    }));

  test('parents that are only names are listed, and where children are', () =>
    withMailHome(async (_home, open) => {
      const store = await open({namespaces: [NAMESPACE]});
      await store.create('A/B/C');
      const listed = await store.list({patterns: ['*']});
      assert.deepEqual(
        listed.map(box => [box.name, box.isSelectable, box.hasChildren]),
        [
          ['A', false, true],
          ['A/B', false, true],
          ['A/B/C', true, false],
          ['INBOX', true, false],
        ],
      );
      assert.deepEqual(
        (await store.list({patterns: ['%']})).map(({name}) => name),
        ['A', 'INBOX'],
      );
    }));

  test('subscriptions are kept when a mailbox goes, and old files are read', () =>
    withMailHome(async (home, open) => {
      const store = await open({namespaces: [NAMESPACE]});
      await assert.rejects(store.subscribe('nope'), /Mailbox doesn't exist: nope/);
      await store.create('A/B');
      await store.subscribe('A/B');
      await store.delete('A/B');
      const [gone] = await store.list({patterns: ['*'], onlySubscribed: true});
      assert.deepEqual([gone?.name, gone?.exists, gone?.isSubscribed], ['A/B', false, true]);
      assert.equal(readFileSync(`${home}/Maildir/subscriptions`, 'latin1'), 'V\t2\n\nA\tB\n');
      const parents = await store.list({patterns: ['%'], onlySubscribed: true, withSubscribedParents: true});
      assert.deepEqual(
        parents.map(box => [box.name, box.hasSubscribedChild]),
        [['A', true]],
      );
      writeFileSync(`${home}/Maildir/subscriptions`, 'gr&APw-n.x\nINBOX\n');
      const old = await store.list({patterns: ['*'], onlySubscribed: true});
      assert.deepEqual(
        old.map(({name}) => name),
        ['gr\xc3\xbcn/x', 'INBOX'],
      );
    }));

  test('renaming takes children along; INBOX and a place below itself are refused', () =>
    withMailHome(async (_home, open) => {
      const store = await open({namespaces: [NAMESPACE]});
      await store.create('A');
      await store.create('A/B');
      await saveMessage(store, 'A/B', 'a: b\n\n');
      await store.rename('A', 'X/Y');
      assert.deepEqual(await namesOf(store), ['X', 'X/Y', 'X/Y/B', 'INBOX']);
      assert.equal((await store.status('X/Y/B', false)).messages, 1);
      await assert.rejects(store.rename('X/Y', 'X/Y/Z'), /under its own child/);
      await assert.rejects(store.rename('INBOX', 'old'), /Renaming INBOX isn't supported/);
      await assert.rejects(store.rename('nope', 'x'), /Mailbox doesn't exist: nope/);
      await assert.rejects(store.delete('INBOX'), /INBOX can't be deleted/);
    }));

  test('mailboxes of the configuration are there before they are made, with their use', () =>
    withMailHome(async (home, open) => {
      const mailboxes = [
        {name: 'Sent', specialUse: ['\\Sent'], auto: 'create' as const},
        {name: 'Trash', specialUse: ['\\Trash'], auto: 'subscribe' as const},
        {name: 'Junk', specialUse: ['\\Junk'], auto: 'no' as const},
      ];
      const store = await open({
        namespaces: [{...NAMESPACE, mailboxes}],
        attributeFile: `${home}/attributes`,
      });
      const listed = await store.list({patterns: ['*']});
      assert.deepEqual(
        listed.map(box => [box.name, box.specialUse.join(), box.isSubscribed]),
        [
          ['Sent', '\\Sent', false],
          ['Trash', '\\Trash', true],
          ['INBOX', '', false],
        ],
      );
      assert.deepEqual((await saveMessage(store, 'Sent', 'a: b\n\n')).uids, [1]);
      await store.create('Old', ['\\Archive']);
      const special = await store.list({patterns: ['*'], onlySpecialUse: true});
      assert.deepEqual(
        special.map(({name}) => name),
        ['Old', 'Sent', 'Trash'],
      );
    }));

  test('an mbox of the spool lists folders as such', () =>
    withMailHome(async (home, open) => {
      const store = await open({location: `mbox:~/mail:INBOX=${home}/spool`, namespaces: [NAMESPACE]});
      await store.create('Work');
      await store.create('Lists/');
      await store.create('Lists/a');
      const listed = await store.list({patterns: ['*']});
      assert.deepEqual(
        listed.map(box => [box.name, box.isSelectable, box.canHaveChildren]),
        [
          ['Lists', false, true],
          ['Lists/a', true, false],
          ['Work', true, false],
          ['INBOX', true, true],
        ],
      );
    }));
});

async function namesOf(store: MailStore): Promise<string[]> {
  return (await store.list({patterns: ['*']})).map(({name}) => name);
}
