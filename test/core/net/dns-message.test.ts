/** Replies are foreign: noise, cut and changed replies are read within their time, or not at all. */
import assert from 'node:assert/strict';
import * as packet from 'dns-packet';
import {makeQuestion, readReply} from '../../../src/core/net/dns-message.ts';
import {isSoundMessage} from '../../../src/core/net/reply-frame.ts';

suite('DNS replies', () => {
  const question = makeQuestion(packet, 4711, 'example.net', 'MX', {usesEdns: true, wantsSecure: true});
  const good = packet.encode({
    type: 'response',
    id: 4711,
    flags: packet.AUTHENTIC_DATA,
    questions: [{name: 'EXAMPLE.net', type: 'MX'}],
    answers: [
      {name: 'example.net', type: 'MX', ttl: 60, data: {preference: 10, exchange: 'mx.example.net'}},
      {name: 'example.net', type: 'TXT', ttl: 60, data: ['a', 'b']},
    ],
    additionals: [{name: 'mx.example.net', type: 'A', ttl: 60, data: '127.0.0.1'}],
  });

  test('a question is recursive, and asks for DNSSEC when that is wanted', () => {
    const {flag_rd, flag_ad, additionals} = packet.decode(question.bytes);
    assert.deepEqual([flag_rd, flag_ad, additionals?.[0]?.type], [true, true, 'OPT']);
  });

  test('a good reply', () => {
    const reply = readReply(packet, question, good);
    assert.equal(reply?.kind, 'reply');
    assert.deepEqual(reply?.kind === 'reply' && [reply.code, reply.isSecure, reply.records[0]?.value], [
      0,
      true,
      'mx.example.net',
    ]);
  });

  test('cut anywhere, it is none', () => {
    for (let end = 0; end < good.length; end++) {
      const reply = readReply(packet, question, good.subarray(0, end));
      assert.notEqual(reply?.kind, 'reply', `${end}`);
    }
  });

  test('with any byte changed, it is read or refused', () => {
    for (let at = 2; at < good.length; at++)
      for (const value of [0, 1, 63, 64, 0x80, 0xc0, 0xff]) {
        const changed = Buffer.from(good);
        changed[at] = value;
        const reply = readReply(packet, question, changed);
        assert.ok(reply === undefined || reply.kind === 'reply' || reply.kind === 'malformed');
      }
  });

  test('compression that points at itself, forwards or in long chains takes no time', () => {
    const head = Buffer.from(question.bytes.subarray(0, 29));
    head.writeUInt16BE(0x8000, 2);
    head.writeUInt16BE(1000, 6);
    head.writeUInt16BE(0, 10);
    const chain = Buffer.alloc(16_000);
    for (let at = 0; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 + Math.max(12, 29 + 10 + 2 + at - 2), at);
    const first = Buffer.concat([Buffer.from([0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0]), chain]);
    first.writeUInt16BE(chain.length, 9);
    const record = Buffer.from([0xfe, 0x00, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
    const message = Buffer.concat([head, first, ...Array.from({length: 999}, () => record)]);
    assert.ok(isSoundMessage(message));
    const begun = performance.now();
    readReply(packet, question, message);
    assert.ok(performance.now() - begun < 500);
  });
});
