import assert from 'node:assert/strict';
import {eventLines} from '../../../src/core/log/events.ts';

const delivery = {
  queueId: 'C978425291C',
  recipient: 'ok@example.net',
  relay: 'mx1.example.net[192.0.2.10]:25',
  delay: 0.29,
  delays: {incoming: 0.09, active: 0.09, connect: 0.06, transmit: 0.05},
  dsn: '2.0.0',
  status: 'sent',
  reason: '250 2.0.0 Ok: queued as 12345',
} as const;

suite('log events', () => {
  test('a delivery reads as the original prints it', () => {
    assert.equal(
      eventLines.delivery(delivery),
      'C978425291C: to=<ok@example.net>, relay=mx1.example.net[192.0.2.10]:25, delay=0.29, ' +
        'delays=0.09/0.09/0.06/0.05, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 12345)',
    );
  });
  test('orig_to shows only when it differs, whatever the case', () => {
    assert.match(
      eventLines.delivery({...delivery, originalRecipient: 'OK@example.net'}),
      /^C978425291C: to=<ok@example.net>, relay/,
    );
    assert.match(
      eventLines.delivery({...delivery, originalRecipient: 'ok'}),
      /to=<ok@example.net>, orig_to=<ok>, relay/,
    );
  });
  test('conn_use shows from the second delivery on', () => {
    assert.doesNotMatch(eventLines.delivery({...delivery, connectionUse: 1}), /conn_use/);
    assert.match(eventLines.delivery({...delivery, connectionUse: 2}), /:25, conn_use=2, delay=/);
  });
  test('the other lines', () => {
    assert.equal(
      eventLines.active({queueId: 'A', sender: 's@x', sizeBytes: 277, recipientCount: 1}),
      'A: from=<s@x>, size=277, nrcpt=1 (queue active)',
    );
    assert.equal(
      eventLines.pickup({queueId: 'A', uid: 103, sender: '', originalId: 'B'}),
      'A: uid=103 from=<> orig_id=B',
    );
    assert.equal(eventLines.message_id({queueId: 'A', messageId: '<x@y>'}), 'A: message-id=<x@y>');
    assert.equal(
      eventLines.expired({queueId: 'A', sender: 's@x', forced: false}),
      'A: from=<s@x>, status=expired, returned to sender',
    );
    assert.equal(
      eventLines.notification({queueId: 'A', to: 'sender', kind: 'non-delivery', newId: 'B'}),
      'A: sender non-delivery notification: B',
    );
  });
});
