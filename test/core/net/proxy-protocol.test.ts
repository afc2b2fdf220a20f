import assert from 'node:assert/strict';
import {type ProxyHeader, readProxyHeader} from '../../../src/core/net/proxy-protocol.ts';

/** Version 2: command and version, family and transport, the rest. */
function version2(command: number, family: number, ...rest: readonly Buffer[]): Buffer {
  const body = Buffer.concat(rest);
  const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n....', 'latin1');
  head[12] = command;
  head[13] = family;
  head.writeUInt16BE(body.length, 14);
  return Buffer.concat([head, body]);
}
const FOUR = Buffer.from([192, 0, 2, 1, 192, 0, 2, 2, 0x10, 0, 0, 25]);
const SIX = Buffer.from(`20010db8${'0'.repeat(23)}120010db8${'0'.repeat(23)}210000019`, 'hex');
const MAPPED = Buffer.from(`${'0'.repeat(20)}ffffc0000201${'0'.repeat(20)}ffffc000020210000019`, 'hex');

suite('the PROXY protocol', () => {
  const shown = (header: ProxyHeader): string => {
    if (header.kind !== 'header')
      return header.kind === 'more' ? 'more' : header.text.slice(0, header.text.indexOf(':'));
    const {connection: c, length} = header;
    if (c === undefined) return `local ${length}`;
    return `${c.clientAddress} ${c.clientPort} ${c.serverAddress} ${c.serverPort} ${length}`;
  };

  /** Verdicts and words as measured with Postfix 3.7 (those on IPv6 but for the disabled one are by analogy). */
  const cases: readonly (readonly [bytes: string | Buffer, expected: string])[] = [
    ['PROXY TCP4 192.0.2.1 192.0.2.2 4096 25\r\nEHLO', '192.0.2.1 4096 192.0.2.2 25 40'],
    ['PROXY TCP4 192.0.2.1 192.0.2.2 4096 25\n', '192.0.2.1 4096 192.0.2.2 25 39'],
    ['PROXY  TCP4  192.0.2.1 192.0.2.2 0 25 extra\r\n', '192.0.2.1 0 192.0.2.2 25 45'],
    ['PROXY TCP6 2001:DB8:0::1 2001:db8::2 4096 25\r\n', '2001:db8::1 4096 2001:db8::2 25 46'],
    ['PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 4096 25\r\n', '192.0.2.1 4096 192.0.2.2 25 54'],
    ['PROXY UNKNOWN\r\n', 'bad or missing protocol type'],
    ['PROXY \r\n', 'bad or missing protocol type'],
    ['PROXY UDP4 192.0.2.1 192.0.2.2 4096 25\r\n', 'bad or missing protocol type'],
    ['PROXY TCP4\r\n', 'bad or missing client address'],
    ['PROXY TCP4 2001:db8::1 192.0.2.2 4096 25\r\n', 'bad or missing client address'],
    ['PROXY TCP6 fe80::1%lo fe80::2 4096 25\r\n', 'bad or missing client address'],
    ['PROXY TCP4 192.0.2.1 x 4096 25\r\n', 'bad or missing server address'],
    ['PROXY TCP4 192.0.2.1 192.0.2.2 04096 25\r\n', 'bad or missing client port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.2 65536 25\r\n', 'bad or missing client port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.2 4096\r\n', 'bad or missing server port'],
    ['PROXY TCP4 192.0.2.1 192.0.2.2 4096 2', 'more'],
    [`PROXY UNKNOWN ${'x'.repeat(600)}`, 'missing protocol header terminator'],
    ['', 'more'],
    ['PRO', 'more'],
    ['\r\n\r\n', 'more'],
    ['EHLO x\r\n', 'short protocol header'],
    ['GET / HTTP/1.0\r\n\r\n', 'unrecognized protocol header'],
    [version2(0x21, 0x11, FOUR), '192.0.2.1 4096 192.0.2.2 25 28'],
    [version2(0x21, 0x11, FOUR, Buffer.from([4, 0, 2, 1, 2])), '192.0.2.1 4096 192.0.2.2 25 33'],
    [version2(0x21, 0x21, SIX), '2001:db8::1 4096 2001:db8::2 25 52'],
    [version2(0x21, 0x21, MAPPED), '192.0.2.1 4096 192.0.2.2 25 52'],
    [version2(0x20, 0), 'local 16'],
    [version2(0x20, 0x11, FOUR), 'local 28'],
    [version2(0x21, 0x11, FOUR).subarray(0, 20), 'more'],
    [version2(0x21, 0), 'unsupported network protocol'],
    [version2(0x21, 0x31, Buffer.alloc(216)), 'unsupported network protocol'],
    [version2(0x22, 0x11, FOUR), 'bad command in proxy header'],
    [version2(0x11, 0x11, FOUR), 'unrecognized protocol version'],
    [version2(0x21, 0x11, FOUR.subarray(4)), 'short address field'],
    [version2(0x21, 0x11, FOUR, Buffer.alloc(508)), '192.0.2.1 4096 192.0.2.2 25 536'],
    [version2(0x21, 0x11, FOUR, Buffer.alloc(509)), 'short version 2 protocol header'],
  ];
  for (const [bytes, expected] of cases)
    test(JSON.stringify(bytes.toString('latin1').slice(0, 60)), () => {
      const input = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
      assert.equal(shown(readProxyHeader(input, [4, 6])), expected);
    });

  test('a family that is not in use', () => {
    assert.equal(shown(readProxyHeader(version2(0x21, 0x21, SIX), [4])), 'Postfix IPv6 support is disabled');
    const line = Buffer.from('PROXY TCP6 ::1 ::2 4096 25\r\n');
    assert.equal(shown(readProxyHeader(line, [4])), 'bad or missing protocol type');
  });

  test('the header is in the fault, and harmless there', () => {
    assert.deepEqual(readProxyHeader(Buffer.from('PROXY \x00\x1b\\\xff\r\n', 'latin1'), [4]), {
      kind: 'fault',
      text: 'bad or missing protocol type: PROXY \\000\\033\\\\\\377\\r\\n',
    });
  });

  test('each beginning of a header asks for more, or is a fault already', () => {
    for (const whole of [Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 4096 25\r\n'), version2(0x21, 0x21, SIX)])
      for (let end = 0; end < whole.length - 1; end++)
        assert.equal(readProxyHeader(whole.subarray(0, end), [4, 6]).kind, 'more', `${end}`);
  });

  test('noise is answered, and never with the wish for more than the limit', () => {
    let state = 7;
    const next = (): number => (state = (state * 16_807) % 2_147_483_647);
    for (let round = 0; round < 3000; round++) {
      const noise = Buffer.from(Array.from({length: next() % 700}, () => next() & 255));
      const begin = [Buffer.from('PROXY '), Buffer.from('PROXY TCP4 '), version2(0x21, 0x11, FOUR).subarray(0, 12)];
      const bytes = Buffer.concat([begin[round % 4] ?? Buffer.alloc(0), noise]);
      const header = readProxyHeader(bytes, [4, 6]);
      if (header.kind === 'more') assert.ok(bytes.length < 536);
      if (header.kind === 'header') assert.ok(header.length <= Math.min(536, bytes.length));
    }
  });
});
