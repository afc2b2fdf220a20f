import assert from 'node:assert/strict';
import {appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {explainMessage, historyStatus, type MessageHistory} from '../../src/commands/explain-message.ts';
import {openToolConfig} from '../../src/commands/open-config.ts';
import {renderHistory} from '../../src/commands/posthorn/explain-message-view.ts';
import type {Config} from '../../src/core/config/config.ts';
import {QueueStore} from '../../src/core/queue/queue-store.ts';

const ID = '4c8VhT1qJzz2x';
const at = (second: number, program: string, text: string): string =>
  `Nov 24 05:16:${String(second).padStart(2, '0')} mail postfix/${program}[26756]: ${text}\n`;

const LOG = [
  at(1, 'smtpd', `${ID}: client=client.example.org[198.51.100.5], sasl_method=PLAIN, sasl_username=joe`),
  at(1, 'cleanup', `${ID}: message-id=<a@b.example>`),
  at(1, 'qmgr', `${ID}: from=<joe@example.com>, size=277, nrcpt=2 (queue active)`),
  at(
    2,
    'smtp',
    `9c8VhT1qJzz2y: to=<no@example.net>, relay=none, delay=1, delays=0/0/1/0, dsn=4.4.1, status=deferred (${ID})`,
  ),
  at(
    2,
    'smtp',
    `${ID}: to=<a, relay=b@example.net>, orig_to=<list>, relay=mx.example.net[192.0.2.1]:25, delay=0.29, ` +
      'delays=0.09/0.09/0.06/0.05, dsn=2.0.0, status=sent (250 2.0.0 Ok (really))',
  ),
  at(
    2,
    'local',
    `${ID}: to=<joe@example.com>, relay=local, delay=3, delays=0/0/0/3, dsn=4.2.0, status=deferred (full)`,
  ),
  at(3, 'smtp', `warning: ${ID}: to the operator`),
  at(4, 'bounce', `${ID}: sender delay notification: 4c8VhT1qJzz2z`),
  at(9, 'qmgr', `${ID}: removed`),
].join('');

function record(type: string, payload: string): Buffer {
  return Buffer.concat([Buffer.from(type), Buffer.from([payload.length]), Buffer.from(payload, 'latin1')]);
}

/** Words of each event that say most. */
function gist({events}: MessageHistory): string[] {
  return events.map(event => {
    switch (event.kind) {
      case 'received':
        return `${event.kind} ${event.from} ${event.login}`;
      case 'active':
        return `${event.kind} ${event.sender} ${event.sizeBytes} ${event.recipients}`;
      case 'delivery':
        return `${event.recipient} ${event.original} ${event.relay} ${event.status} ${event.outcome} ${event.reason}`;
      case 'parent':
      case 'child':
        return `${event.kind} ${event.other}`;
      default:
        return `${event.kind} ${event.text}`;
    }
  });
}

suite('posthorn explain --id', () => {
  const root = mkdtempSync(join(tmpdir(), 'posthorn-explain-'));
  let config: Config;
  suiteSetup(() => {
    config = openToolConfig(undefined, {POSTHORN_HOME: root});
    const log = join(root, 'var/log/mail.log');
    mkdirSync(dirname(log), {recursive: true});
    appendFileSync(log, LOG);
    appendFileSync(
      log,
      at(
        10,
        'local',
        `AAAA1111: to=<l@x.example>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (forwarded as BBBB2222)`,
      ),
    );
    appendFileSync(log, at(10, 'qmgr', 'BBBB2222: from=<o@x.example>, size=1, nrcpt=1 (queue active)'));
    const json = {
      time: '2026-11-24T05:16:01.000Z',
      program: 'pickup',
      text: 'CCCC3333: uid=0 from=<\xc3\xbc@x.example>',
    };
    appendFileSync(log, `${JSON.stringify(json)}\n{"half": \nCCCC3333\n`, 'latin1');
    appendFileSync(log, `${'x'.repeat(100_000)}]: DDDD4444: removed\n`);
  });
  suiteTeardown(() => rmSync(root, {recursive: true}));

  test('the lines about a message, in order, and no others', async () => {
    assert.deepEqual(gist(await explainMessage(ID, config)), [
      'received client.example.org[198.51.100.5] joe',
      'message-id message-id=<a@b.example>',
      'active joe@example.com 277 2',
      'a, relay=b@example.net list mx.example.net[192.0.2.1]:25 2.0.0 sent 250 2.0.0 Ok (really)',
      'joe@example.com undefined local 4.2.0 deferred full',
      'other warning: to the operator',
      'child 4c8VhT1qJzz2z',
      'removed removed',
    ]);
  });

  test('who made it', async () => {
    assert.deepEqual(gist(await explainMessage('BBBB2222', config)), ['parent AAAA1111', 'active o@x.example 1 1']);
  });

  test('JSON lines; half a line is passed over', async () => {
    const history = await explainMessage('CCCC3333', config);
    assert.deepEqual(gist(history), ['received uid=0 from=<\xc3\xbc@x.example> undefined']);
    assert.equal(history.events[0]?.time, '2026-11-24T05:16:01.000Z');
  });

  for (const id of ['EEEE5555', 'DDDD4444', '../../etc/passwd', ''])
    test(`nothing is known of "${id}"`, async () => {
      const history = await explainMessage(id, config);
      assert.equal(historyStatus(history), 66);
      assert.match(renderHistory(history, {color: false, columns: 80}), /nothing is known of it/);
    });

  test('one that waits: its queue file and the reasons of the defer log', async () => {
    const store = new QueueStore(config);
    const [path, reasons] = [store.path('deferred', 'FFFF6666'), store.path('defer', 'FFFF6666')];
    for (const file of [path, reasons]) mkdirSync(dirname(file), {recursive: true});
    const envelope = [record('T', '1795500000 0'), record('S', 'joe@example.com'), record('R', 'far@example.net')];
    const content = [record('M', ''), record('N', 'x'), record('X', ''), record('E', '')];
    writeFileSync(path, Buffer.concat([...envelope, ...content]));
    chmodSync(path, 0o700);
    utimesSync(path, 1_795_503_600, 1_795_503_600);
    writeFileSync(reasons, 'recipient=far@example.net\noffset=10\nstatus=4.4.1\naction=delayed\nreason=no\x1b way\n\n');
    const history = await explainMessage('FFFF6666', config);
    assert.equal(historyStatus(history), 0);
    assert.deepEqual(history.queued?.recipients, [{address: 'far@example.net', reason: 'no\x1b way'}]);
    const view = renderHistory(history, {color: false, columns: 80});
    assert.match(view, /now in the deferred queue, next try 2026-11-24T07:00:00.000Z\n/);
    assert.match(view, /… <far@example.net>: no\? way\n/);
  });

  test('as people read it', async () => {
    const view = renderHistory(await explainMessage(ID, config), {color: false, columns: 80});
    assert.match(view, /Nov 24 05:16:01 {2}accepted from client.example.org\[198.51.100.5\], logged in as joe\n/);
    assert.match(view, /Nov 24 05:16:02 {2}… <joe@example.com> deferred 4.2.0: full at local after 3 s\n/);
    assert.match(view, /Nov 24 05:16:09 {2}done with: removed from the queue\n$/);
  });
});
