import assert from 'node:assert/strict';
import {createServer, type AddressInfo} from 'node:net';
import {connect} from 'node:tls';
import fc from 'fast-check';
import {helloName, readHelloName} from '../../../src/core/net/client-hello.ts';

/** What a client of node:tls sends first. */
async function captureHello(servername: string): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const hello = new Promise<Buffer>(resolve =>
    server.once('connection', socket =>
      socket
        .on('error', () => undefined)
        .once('data', data => {
          socket.destroy();
          resolve(data);
        }),
    ),
  );
  const {port} = server.address() as AddressInfo;
  connect({port, host: '127.0.0.1', ...(servername === '' ? {} : {servername})}).on('error', () => undefined);
  const bytes = await hello;
  server.close();
  return bytes;
}

suite('the server name in a ClientHello', () => {
  let hello: Buffer;
  suiteSetup(async () => {
    hello = await captureHello('mail.example.com');
  });

  test('is found', () => {
    assert.deepEqual(helloName(hello), {name: 'mail.example.com'});
  });

  test('is undefined when there is none', async () => {
    assert.deepEqual(helloName(await captureHello('')), {name: undefined});
  });

  test('waits for the whole message, wherever it is cut', () => {
    for (let length = 0; length < hello.length; length++) assert.equal(helloName(hello.subarray(0, length)), 'more');
  });

  test('is found in a message of several records', () => {
    const body = hello.subarray(5);
    const records = [body.subarray(0, 3), body.subarray(3, 50), body.subarray(50)].map(part => {
      const header = Buffer.from([22, 3, 1, 0, 0]);
      header.writeUInt16BE(part.length, 3);
      return Buffer.concat([header, part]);
    });
    assert.deepEqual(helloName(Buffer.concat(records)), {name: 'mail.example.com'});
  });

  const others: readonly (readonly [title: string, bytes: Buffer])[] = [
    ['a command', Buffer.from('QUIT\r\n')],
    ['an alert', Buffer.from([21, 3, 1, 0, 2, 1, 0])],
    ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    ['an endless one', Buffer.concat([Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])])],
  ];
  for (const [title, bytes] of others)
    test(`${title} has none`, () => {
      assert.deepEqual(helloName(bytes), {name: undefined});
    });

  test('noise is answered, and a hello with noise in it', () => {
    fc.assert(fc.property(fc.uint8Array({maxLength: 300}), bytes => void helloName(Buffer.from(bytes))));
    fc.assert(
      fc.property(fc.nat(hello.length - 1), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(hello);
        bytes[at] = byte;
        helloName(bytes);
      }),
    );
  });

  test('is read from a socket, which has its bytes again', async () => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const {port} = server.address() as AddressInfo;
    const accepted = new Promise<[string | undefined, number]>(resolve =>
      server.once('connection', socket => {
        socket.on('error', () => undefined);
        void readHelloName(socket, 5000).then(name => {
          resolve([name, socket.readableLength]);
          socket.destroy();
        });
      }),
    );
    connect({port, host: '127.0.0.1', servername: 'mail.example.com'}).on('error', () => undefined);
    const [name, length] = await accepted;
    server.close();
    assert.equal(name, 'mail.example.com');
    assert.ok(length >= 200);
  });
});
