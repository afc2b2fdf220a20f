import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, statSync} from 'node:fs';
import {createConnection} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {
  sendControl,
  wakePickup,
  type ControlReply,
  type ControlRequest,
} from '../../../src/core/daemon/control-client.ts';
import {expectRequest, listenForControl} from '../../../src/core/daemon/control-server.ts';
import {socketPath} from '../../../src/core/base/socket-path.ts';
import {trigger} from '../../../src/core/daemon/trigger.ts';
import {listenForTriggers, type Listener} from '../../../src/core/daemon/trigger-listener.ts';
import {plainConfig} from '../../support/plain-config.ts';

suite('control', () => {
  let queue: string;
  let listeners: Listener[];

  setup(() => {
    queue = mkdtempSync(join(tmpdir(), 'posthorn-control-'));
    mkdirSync(join(queue, 'public'));
    listeners = [];
  });
  teardown(() => {
    for (const listener of listeners) listener.close();
    rmSync(queue, {recursive: true, force: true});
  });

  const config = (directory = queue) => plainConfig({queue_directory: directory});

  async function serve(folder: string, handle: (request: ControlRequest) => Promise<ControlReply>): Promise<void> {
    listeners.push(await listenForControl(folder, handle));
  }

  test('a request is answered', async () => {
    const seen: ControlRequest[] = [];
    await serve(`${queue}/public`, async request => {
      seen.push(request);
      return {done: true, pid: 7};
    });
    assert.deepEqual(await sendControl(config(), {op: 'flush-message', id: 'ABC'}), {done: true, pid: 7});
    assert.deepEqual(seen, [{op: 'flush-message', id: 'ABC'}]);
    assert.equal(statSync(`${queue}/public/control`).mode & 0o777, 0o600);
  });

  test('a handler’s fault is the answer', async () => {
    await serve(`${queue}/public`, () => Promise.reject(new Error('not today')));
    assert.deepEqual(await sendControl(config(), {op: 'reload'}), {done: false, text: 'not today'});
  });

  test('no mail system is no answer', async () => {
    assert.equal(await sendControl(config(), {op: 'status'}), undefined);
    assert.equal(await sendControl(config(`${queue}/nowhere`), {op: 'status'}), undefined);
  });

  test('a folder whose name is too long for a socket works too', async () => {
    const deep = `${queue}/${'x'.repeat(120)}`;
    mkdirSync(`${deep}/public`, {recursive: true});
    await serve(`${deep}/public`, async () => ({done: true}));
    assert.deepEqual(await sendControl(config(deep), {op: 'status'}), {done: true});
  });

  for (const noise of [
    '',
    '\n',
    'x\n',
    '{}\n',
    '{"op":"nonsense"}\n',
    '{"op":"flush-site"}\n',
    '[1]\n',
    'null\n',
    'x'.repeat(5000),
  ])
    test(`noise does no harm: ${JSON.stringify(noise.slice(0, 20))}`, async () => {
      await serve(`${queue}/public`, async () => ({done: true}));
      const socket = createConnection(socketPath(`${queue}/public`, 'control'));
      socket.end(noise);
      let answer = '';
      for await (const chunk of socket) answer += String(chunk);
      if (answer !== '') assert.equal((JSON.parse(answer) as ControlReply).done, false);
      assert.deepEqual(await sendControl(config(), {op: 'status'}), {done: true});
    });

  test('a request is read strictly', () => {
    assert.deepEqual(expectRequest('{"op":"flush-site","site":"x","more":1}'), {op: 'flush-site', site: 'x'});
    assert.throws(() => expectRequest('{"op":"flush-site","site":1}'), /not a control request/);
  });
});

suite('wake-up calls', () => {
  let queue: string;

  setup(() => {
    queue = mkdtempSync(join(tmpdir(), 'posthorn-wake-'));
    mkdirSync(join(queue, 'public'));
  });
  teardown(() => rmSync(queue, {recursive: true, force: true}));

  test('reach who listens, and nobody when nobody does', async () => {
    const config = plainConfig({queue_directory: queue});
    assert.equal(wakePickup(config), false);
    let hear: (requests: string) => void = () => undefined;
    const heard = new Promise<string>(resolve => (hear = resolve));
    const listener = listenForTriggers(`${queue}/public`, 'pickup', hear);
    assert.equal(wakePickup(config), true);
    assert.equal(await heard, 'W');
    listener.close();
    await new Promise(setImmediate);
    assert.equal(wakePickup(config), false); // the pipe is still there
  });

  test('what an earlier mail system left is replaced', async () => {
    mkdirSync(`${queue}/other`);
    await listenForControl(`${queue}/other`, async () => ({done: true})).then(server => server.close());
    const first = listenForTriggers(`${queue}/public`, 'qmgr', () => undefined);
    first.close();
    let hear: (requests: string) => void = () => undefined;
    const heard = new Promise<string>(resolve => (hear = resolve));
    const second = listenForTriggers(`${queue}/public`, 'qmgr', hear);
    assert.equal(trigger(`${queue}/public/qmgr`, 'DFA'), true);
    assert.equal(await heard, 'DFA');
    second.close();
  });

  test('a pipe that nobody empties does not hold a caller up', () => {
    const listener = listenForTriggers(`${queue}/public`, 'pickup', () => undefined);
    for (let i = 0; i < 3; i++) assert.equal(trigger(`${queue}/public/pickup`, 'W'.repeat(65_536)), true);
    listener.close();
  });
});
