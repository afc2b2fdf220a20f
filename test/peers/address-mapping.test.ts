/** Canonical mapping, masquerading and virtual aliases beside the real cleanup(8): what it writes into the queue file. */
import assert from 'node:assert/strict';
import {chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {MessageAddresses} from '../../src/core/address/message-addresses.ts';
import {unquoteAddress} from '../../src/core/message/address-syntax.ts';
import {extractAddresses} from '../../src/core/message/address-list.ts';
import {addressSupplies} from '../support/address-supplies.ts';
import {until} from '../support/home.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';

const COMMON = {
  myhostname: 'mail.example.com',
  mydomain: 'example.com',
  myorigin: 'example.com',
  mydestination: 'mail.example.com, example.com, localhost',
  recipient_delimiter: '+',
  append_dot_mydomain: 'yes',
  smtputf8_enable: 'yes',
  relay_domains: '',
};

/** The virtual aliases, as in their file. */
const ALIAS_FILE = join(mkdtempSync(join(tmpdir(), 'aliases-')), 'virtual');
const ALIAS_LINES = [
  'one uno', 'ext target@x.example', 'ext2@y.example @z.example', 'many a, b@h, "c d"@x.example', 'self self, other',
  'self2@example.com other2, SELF2@example.com', 'chain chain2', 'chain2 chain3@q.example', '@all.example catch', '@move.example @moved.example',
  'loop1 loop2', 'loop2 loop1x', 'full+ext@x.example exact', 'full@x.example stem', 'l+x lx', 'bare@example.com qualified', 'loc byloc',
  'group g1,g2 g3', 'nest group,one,deep', 'deep deeper', '@sub.example.com subcatch', 'hop@x.example bang!user', 'perc a%b', 'postmaster pm',
  'owner-list ol', 'route @hub:u@r.example', 'quote "q q"@x.example', 'comment (x) real (y)', 'angle Joe <joe@x.example>', 'grp team: a1, a2;',
  'dot u@dot.example.', 'pipe "|cmd arg"', 'pipe2 |cmd', 'file /file/name', 'incl :include:/list', 'esc \\esc', 'dup d1, d1, D1', 'null <>, n2',
]; // prettier-ignore

const ALIASES = {virtual_alias_maps: `texthash:${ALIAS_FILE}`, virtual_alias_domains: ''};

const MAPS = {
  canonical_maps:
    'inline:{c1=C1@canon.example, c2@x.example=c3@x.example, c3@x.example=c4, @cdom.example=@cnew.example, cself=cself, cx=cy@y.example}',
  sender_canonical_maps: 'inline:{s1=snd1, both=sender-side}',
  recipient_canonical_maps: 'inline:{r1=rcp1, both=recipient-side, s1x=s1}',
  masquerade_domains: '!keep.masq.example masq.example EXAMPLE.com',
  masquerade_exceptions: 'root, MAILER-DAEMON',
};

const RECIPIENTS = [
  'one', 'one+e', 'one@example.com', 'one@mail.example.com', 'one@elsewhere.example', 'ONE+u', 'ext', 'ext+foo', 'ext+foo+bar', 'ext+', 'ext2+z@y.example',
  'ext2@y.example', 'many', 'many+m', 'self', 'self+s', 'self2', 'self2+t', 'chain', 'chain+c', 'u@all.example', 'u+v@all.example', 'u+v@move.example',
  'loop1', 'full+ext@x.example', 'full+no@x.example', 'full@x.example', 'l+x', 'l+y', 'bare', 'bare+b', 'loc@localhost', 'loc@[127.0.0.1]', 'loc+x@localhost.',
  'group', 'group+g', 'nest+n', 'a@b.sub.example.com', 'u@sub.example.com', 'hop@x.example', 'perc+p', 'postmaster', 'postmaster+x', 'owner-list', 'owner-list+x',
  'route+r', 'quote+q', 'nobody', 'c1', 'c1+x', 'c1@example.com', 'c2@x.example', 'c2+x@x.example', 'c3@x.example', 'u+k@cdom.example', 'cself', 'cself+x', 'cx@mail.example.com',
  'r1', 'r1+x', 'both', 's1', 's1x', 'u@h.masq.example', 'u@keep.masq.example', 'u@a.keep.masq.example', 'u@masq.example', 'root@h.masq.example', 'u@H.Example.COM',
  'mailer-daemon@h.masq.example', 'user%h', 'h!user', '"odd one"', '"odd two"@h.masq.example', 'u@h.masq.example.',
]; // prettier-ignore

const GROUPS: Readonly<Record<string, Record<string, string>>> = {
  'aliases and maps': {...ALIASES, ...MAPS},
  'no propagation, other classes': {
    ...ALIASES,
    ...MAPS,
    propagate_unmatched_extensions: '',
    canonical_classes: 'header_recipient, envelope_sender',
    recipient_canonical_classes: 'header_recipient',
    sender_canonical_classes: 'envelope_sender',
    masquerade_classes: 'envelope_recipient, header_sender',
    append_dot_mydomain: 'no',
  },
};

suite('address: beside the real cleanup', function () {
  this.timeout(60_000);
  suiteSetup(function () {
    requireRealPostfix(this);
    writeFileSync(ALIAS_FILE, `${ALIAS_LINES.join('\n')}\n`);
    chmodSync(dirname(ALIAS_FILE), 0o755);
  });
  suiteTeardown(() => rmSync(dirname(ALIAS_FILE), {recursive: true}));

  for (const [name, set] of Object.entries(GROUPS))
    suite(name, () => {
      let real: RealPostfix;
      let ours: MessageAddresses;
      suiteSetup(() => {
        const main = Object.entries({...COMMON, ...set}).map(([key, value]) => `${key} = ${value}\n`);
        real = new RealPostfix(
          `${main.join('')}header_checks = static:HOLD\nlocal_header_rewrite_clients = static:all\n`,
        );
        real.start();
        ours = new MessageAddresses(addressSupplies({...COMMON, ...set}));
      });
      suiteTeardown(() => real.dispose());

      test('envelope recipients', async () => {
        const lines = (await queued(real, ['-f', 'x@y.example', ...RECIPIENTS])).filter(line =>
          /^(original_)?recipient/.test(line),
        );
        const expected = lines.map(line => unquoteAddress(line));
        const found: string[] = [];
        const seen = new Set<string>();
        for (const given of RECIPIENTS) {
          const original = unquoteAddress(given);
          for (const member of await ours.expandRecipient(await ours.envelopeRecipient(original))) {
            const pair = `original_recipient: ${original}\nrecipient: ${member}`;
            if (!seen.has(pair.toLowerCase())) found.push(...pair.split('\n'));
            seen.add(pair.toLowerCase()); // cleanup drops duplicates
          }
        }
        assert.deepEqual(found, expected);
      });

      test('header addresses', async () => {
        for (const [field, kind] of [
          ['From', 'sender'],
          ['To', 'recipient'],
        ] as const) {
          const lines = await queued(real, ['x@y.example'], `${field}: ${RECIPIENTS.join(',\n ')}\n\nx\n`);
          const start = lines.findIndex(line => line.startsWith(`${field}: `));
          const end = lines.findIndex((line, index) => index > start && !/^\s/.test(line));
          const expected = extractAddresses(
            lines
              .slice(start, end)
              .join(' ')
              .slice(field.length + 1),
          );
          const found: string[] = [];
          for (const given of RECIPIENTS) found.push(await ours.headerAddress(unquoteAddress(given), kind, 'local'));
          assert.deepEqual(found, expected, field);
        }
      });

      test('envelope senders', async () => {
        for (const sender of [
          '',
          's1',
          's1+x',
          'both',
          'c1',
          'c1+x',
          'u@h.masq.example',
          'root@h.masq.example',
          'x@a.keep.masq.example',
          'u+k@cdom.example',
        ]) {
          const lines = await queued(real, ['-f', sender, 'x@y.example']);
          const expected = lines.find(line => line.startsWith('sender: '));
          assert.equal(`sender: ${await ours.envelopeSender(sender)}`, expected, sender);
        }
      });
    });
});

/** Sends a message, and answers what postcat shows of it once it is held. */
async function queued(real: RealPostfix, args: readonly string[], text = 'Subject: x\n\nx\n'): Promise<string[]> {
  const hold = join(real.spool, 'hold');
  const done = real.run('sendmail', ['-i', ...args], text);
  assert.equal(done.status, 0, done.stderr);
  await until(() => readdirSync(hold).length > 0, 5000, real.log());
  const id = readdirSync(hold)[0] ?? '';
  const shown = real.run('postcat', ['-q', id]).stdout.split('\n');
  rmSync(join(hold, id));
  return shown;
}
