import assert from 'node:assert/strict';
import {softenFailure} from '../../../../src/core/delivery/smtp/soften-failure.ts';
import {Log, type LogRecord} from '../../../../src/core/log/log.ts';

test('a relay host that is not found is a fault of ours: mail waits, and the log tells', () => {
  const lines: string[] = [];
  const log = new Log('smtp', {write: ({text}: LogRecord): void => void lines.push(text)});
  const failure = {status: '5.4.4', text: 'Host not found'};
  assert.deepEqual(softenFailure(failure, 'relayhost', log), {status: '4.3.5', text: 'Host not found'});
  assert.deepEqual(softenFailure({...failure, status: '4.4.1'}, 'relayhost', log), {...failure, status: '4.4.1'});
  assert.deepEqual(lines, ['relayhost configuration problem']);
});
