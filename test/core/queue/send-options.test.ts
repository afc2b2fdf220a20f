/** What a message asks of TLS, on its way into the queue file and out of it into reports (RFC 8689). */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {AddressRewriter} from '../../../src/core/address/address-rewriter.ts';
import {Bounce} from '../../../src/core/delivery/bounce.ts';
import {Log} from '../../../src/core/log/log.ts';
import type {Envelope, Submission} from '../../../src/core/queue/agent.ts';
import {Cleanup, type CleanupSupplies} from '../../../src/core/queue/cleanup.ts';
import {readMaildrop} from '../../../src/core/queue/maildrop-reader.ts';
import {MemoryQueueFile} from '../../support/memory-queue-file.ts';
import {plainConfig} from '../../support/plain-config.ts';

const log = new Log('test', {write: () => undefined});
const clock = {now: () => 1795495440_065.25};
const same = (address: string): string => address;
const rewriter: AddressRewriter = {
  envelopeSender: same,
  envelopeRecipient: same,
  headerAddress: same,
  expandRecipient: address => [address],
};
const REQUIRED = 32;
const WAIVED = 16;

async function queued(
  set: Readonly<Record<string, string>>,
  submission: Partial<Submission>,
): Promise<MemoryQueueFile> {
  const file = new MemoryQueueFile();
  const cleanup = new Cleanup({
    config: plainConfig(set),
    log,
    clock,
    rewriter,
    checks: {primary: undefined, multipart: undefined, nested: undefined, body: undefined},
    bcc: {*forSender() {}, *forRecipient() {}} as CleanupSupplies['bcc'],
    createFile: () => Promise.resolve(file),
    onQueued: () => undefined,
  });
  const content = Buffer.from('');
  await cleanup.submit({
    sender: 'a@b.c',
    recipients: [{address: 'x@y.z'}],
    rewriteContext: 'local',
    content,
    ...submission,
  });
  return file;
}

/** The last field of the size record. */
async function options(text: string, submission: Partial<Submission> = {}, set = {}): Promise<number> {
  const file = await queued(set, {content: Buffer.from(text, 'latin1'), ...submission});
  return Number(file.records()[0]?.trim().split(/ +/).at(-1));
}

suite('what a message asks of TLS', () => {
  const headers: readonly (readonly [text: string, bits: number])[] = [
    ['TLS-Required: No\n\n', WAIVED],
    ['tls-required:no\n\n', WAIVED],
    ['TLS-Required:\n No \n\n', WAIVED],
    ['TLS-Required: Yes\n\n', 0],
    ['Subject: x\n\nTLS-Required: No\n', 0],
    ['Content-Type: message/rfc822\n\nTLS-Required: No\n\n', 0],
  ];
  for (const [text, bits] of headers)
    test(`${JSON.stringify(text)}: ${bits}`, async () => assert.equal(await options(text), bits));

  test('tls_required_enable = no: the header says nothing', async () =>
    assert.equal(await options('TLS-Required: No\n\n', {}, {tls_required_enable: 'no'}), 0));
  test('REQUIRETLS is in the size record', async () => {
    assert.equal(await options('', {requiresTls: true}), REQUIRED);
    assert.equal(await options('', {requiresTls: true, utf8: 1}), REQUIRED | 1);
    assert.equal(await options('TLS-Required: No\n\n', {requiresTls: true}), REQUIRED | WAIVED);
  });

  test('a file that postsuper puts back keeps REQUIRETLS', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'posthorn-'));
    try {
      for (const requiresTls of [true, false]) {
        const {bytes} = await queued({}, {requiresTls});
        writeFileSync(join(folder, 'file'), bytes);
        const handle = await open(join(folder, 'file'));
        const source = {handle, name: 'file', uid: 0, sizeBytes: bytes.length, lineLimit: 2048};
        assert.equal((await readMaildrop(source)).requiresTls, requiresTls);
        await handle.close();
      }
    } finally {
      rmSync(folder, {recursive: true});
    }
  });
});

async function report(
  sendOptions: number,
  set: Readonly<Record<string, string>> = {},
): Promise<Submission & {text: string}> {
  const taken: (Submission & {text: string})[] = [];
  const submit = async (submission: Submission): Promise<{id: string}> => {
    let text = '';
    if (!Buffer.isBuffer(submission.content))
      for await (const chunk of submission.content) text += chunk.toString('latin1');
    taken.push({...submission, text});
    return {id: 'B'};
  };
  const envelope: Envelope = {
    id: 'A',
    queue: 'active',
    path: '',
    arrivalSeconds: 0,
    arrivalMicroseconds: 0,
    sizeBytes: 30,
    dataOffset: 0,
    sender: 'a@b.c',
    fullName: '',
    attributes: new Map(),
    recipients: [],
    sendOptions,
  };
  const message = Buffer.from('Subject: known\n\nsecret\n');
  const content = {
    async *chunks() {
      yield await Promise.resolve(message);
    },
    wholeIfSmall: () => Promise.resolve(message),
  };
  const entry = {
    recipient: 'x@y.z',
    original: '',
    dsnOriginal: '',
    notify: 0,
    status: '5.1.1',
    reason: 'no',
    action: 'failed',
  };
  const bounce = new Bounce({config: plainConfig(set), log, clock, submitter: {submit}});
  await bounce.notify('failed', envelope, [entry as never], content as never); // as much of them as a report asks for
  const [only] = taken;
  assert.ok(only !== undefined && taken.length === 1);
  return only;
}

suite('a report about a message that asks something of TLS', () => {
  test('of nothing: the whole message', async () => {
    const {text, requiresTls} = await report(0);
    assert.match(text, /secret/);
    assert.doesNotMatch(text, /TLS-Required/);
    assert.equal(requiresTls, false);
  });
  test('REQUIRETLS: no more than the header, and it may go without', async () => {
    const {text, requiresTls} = await report(REQUIRED);
    assert.match(text, /Subject: known/);
    assert.doesNotMatch(text, /secret/);
    assert.equal(requiresTls, false);
  });
  test('REQUIRETLS, requiretls_redact_dsn = no: it has REQUIRETLS too', async () => {
    const {text, requiresTls} = await report(REQUIRED | WAIVED, {requiretls_redact_dsn: 'no'});
    assert.doesNotMatch(text, /secret|TLS-Required/);
    assert.equal(requiresTls, true);
  });
  test('TLS-Required: No stands in the report as well', async () => {
    const {text} = await report(WAIVED);
    assert.match(text.slice(0, text.indexOf('\n\n')), /^TLS-Required: no$/m);
    assert.match(text, /secret/);
  });
});
