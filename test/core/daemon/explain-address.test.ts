/** The explanation of an address, with the engine's own rewriter, resolver and local agent. */
import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Accounts} from '../../../src/core/account/accounts.ts';
import {MessageAddresses} from '../../../src/core/address/message-addresses.ts';
import {RecipientList} from '../../../src/core/address/listed-recipient.ts';
import {Resolver} from '../../../src/core/address/resolve.ts';
import {FolderFlusher} from '../../../src/core/base/flusher.ts';
import {renderExplanation} from '../../../src/commands/posthorn/explain-view.ts';
import {explainAddress, explanationStatus, type ExplainParts} from '../../../src/core/daemon/explain-address.ts';
import type {DeliveryContext} from '../../../src/core/delivery/context.ts';
import {localAgent} from '../../../src/core/delivery/local-agent.ts';
import {OwnFilesPool} from '../../../src/core/delivery/user-files.ts';
import {Log} from '../../../src/core/log/log.ts';
import type {Agent} from '../../../src/core/queue/agent.ts';
import {addressSupplies} from '../../support/address-supplies.ts';

const SETTINGS = {
  myorigin: 'example.com',
  mydestination: 'example.com, mail.example.com',
  relay_domains: '',
  recipient_delimiter: '+',
  virtual_alias_maps: 'inline:{sales=ann+sales, {team=ann, bob@far.example}, broken=loop1, loop1=loop2, loop2=loop1}',
  virtual_alias_domains: '',
  local_recipient_maps: 'inline:{ann=x, carl=x} $alias_maps',
  alias_maps:
    'inline:{postmaster=ann, outside=bob@far.example, circle=circle2@example.com, circle2=circle, pipe=|/bin/mail}',
  transport_maps: 'inline:{gone.example=nosuch:}',
  relocated_maps: 'inline:{old=new@example.org}',
};

suite('explain: an address', () => {
  const root = mkdtempSync(join(tmpdir(), 'explain-'));
  suiteSetup(() => {
    mkdirSync(join(root, 'etc/dovecot'), {recursive: true});
    mkdirSync(join(root, 'home/carl'), {recursive: true});
    mkdirSync(join(root, 'home/ann'), {recursive: true});
    writeFileSync(join(root, 'etc/dovecot/users'), 'ann::::::\ncarl::::::\n');
    writeFileSync(join(root, 'home/carl/.forward'), 'carl@far.example\n');
  });
  suiteTeardown(() => rmSync(root, {recursive: true}));

  const cases: readonly (readonly [string, number, readonly string[]])[] = [
    ['ann', 0, ['ann@example.com sent delivers to mailbox']],
    ['sales', 0, ['ann+sales@example.com sent delivers to mailbox']],
    ['team', 75, ['ann@example.com sent delivers to mailbox', 'bob@far.example deferred no client']],
    ['postmaster', 0, ['ann@example.com sent delivers to mailbox']],
    ['nobody-here', 67, ['nobody-here@example.com bounced unknown user: "nobody-here"']],
    ['old', 75, ['old@example.com deferred mail transport unavailable']],
    ['x@gone.example', 75, ['x@gone.example deferred mail transport unavailable']],
    ['pipe', 0, ['pipe@example.com sent delivers to command: /bin/mail']],
    ['circle', 69, ['circle2@example.com bounced alias database loop for circle2']],
  ];
  for (const [address, status, ends] of cases)
    test(`${address}: status ${status}`, async () => {
      const explanation = await explainAddress(address, 'me', parts(root));
      const found = explanation.recipients.flatMap(recipient =>
        recipient.ends.map(end => `${end.address} ${end.outcome.kind} ${end.outcome.text}`),
      );
      assert.deepEqual(found, ends);
      assert.equal(explanationStatus(explanation), status);
    });

  test('what is sent on is followed to its own end', async () => {
    const explanation = await explainAddress('carl', 'me', parts(root));
    const [recipient] = explanation.recipients;
    const steps = ['address class', 'transport', '.forward', 'address class', 'transport', 'forward'];
    assert.deepEqual(
      recipient?.steps.map(step => step.step),
      steps,
    );
    assert.equal(recipient.forwarded[0]?.address, 'carl@far.example');
    assert.equal(recipient.forwarded[0].recipients[0]?.resolution.transport, 'smtp');
    assert.equal(explanationStatus(explanation), 75);
  });

  test('a recipient that SMTP clients are refused is marked', async () => {
    const unlisted = async (address: string): Promise<unknown> =>
      (await explainAddress(address, 'me', parts(root))).recipients[0]?.unlisted;
    assert.deepEqual(await unlisted('nobody-here'), {tableName: 'local recipient table', code: 550});
    for (const address of ['ann+x', 'postmaster', 'x@far.example']) assert.equal(await unlisted(address), undefined);
  });

  test('an expansion without end is said to be refused', async () => {
    const explanation = await explainAddress('broken', 'me', parts(root));
    assert.match(explanation.refused ?? '', /^unreasonable virtual_alias_maps map nesting for broken@example.com/);
    assert.equal(explanationStatus(explanation), 75);
  });

  test('as people read it', async () => {
    const explanation = await explainAddress('sales', 'me', parts(root));
    const table = SETTINGS.virtual_alias_maps;
    const text = renderExplanation(explanation, {color: false, columns: 100}).replaceAll(table, 'TABLE');
    assert.equal(
      text,
      [
        'sales  from me@example.com',
        '  rewrite             sales → sales@example.com  myorigin',
        '  virtual_alias_maps  sales@example.com → ann+sales@example.com',
        '                      TABLE',
        '  → ann+sales@example.com',
        '    address class  example.com → local  mydestination',
        '    transport      example.com → local:mail.example.com  local_transport',
        '    mailbox        ann → /var/mail/ann  mail_spool_directory',
        '    transport local, next hop mail.example.com',
        '    ✔ delivers to mailbox (2.0.0)  ann+sales@example.com',
        '',
      ].join('\n'),
    );
  });

  test('what a table says does not reach the terminal as it is', async () => {
    const explanation = await explainAddress('esc\x1b[2Jape@far.example', 'me', parts(root));
    const text = renderExplanation(explanation, {color: false, columns: 100});
    assert.match(text, /esc\?\[2Jape/);
    assert.ok(!text.includes('\x1b'));
  });
});

function parts(root: string): ExplainParts {
  const supplies = addressSupplies(SETTINGS);
  const config = {...supplies.config, root};
  const rewriter = new MessageAddresses(supplies);
  const resolver = new Resolver(supplies);
  const context: DeliveryContext = {
    config,
    log: new Log('explain', {write: () => undefined}),
    clock: {now: () => 0},
    hostName: 'mail.example.com',
    accounts: new Accounts({root}),
    submitter: {submit: () => Promise.reject(new Error('nothing is sent'))},
    flusher: new FolderFlusher(),
    files: new OwnFilesPool(new FolderFlusher()),
    openTables: list => supplies.openTables(list),
    rewrite: address => rewriter.envelopeRecipient(address),
    resolver,
    agent: () => undefined,
  };
  const local = localAgent(context, {name: 'local', command: 'local', args: []});
  const listing = new RecipientList(supplies);
  return {
    rewriter,
    resolver,
    listing,
    agent: name => (name === 'local' ? local : name === 'smtp' ? noClient : undefined),
  };
}

const noClient: Agent = {
  deliver: (request, report) => {
    for (const recipient of request.recipients) {
      const outcome = {kind: 'deferred', status: '4.3.0', text: 'no client'} as const;
      report({recipient, outcome, relay: 'none', program: 'smtp', startedAt: 0});
    }
    return Promise.resolve();
  },
};
