import assert from 'node:assert/strict';
import {setTimeout as pause} from 'node:timers/promises';
import {loadConfig} from '../../../src/core/config/load-config.ts';
import {Engine} from '../../../src/core/daemon/engine.ts';
import {Log, type LogRecord} from '../../../src/core/log/log.ts';
import {Home, until} from '../../support/home.ts';

suite('engine', () => {
  // A start clears away what was half-made: it must not meet what is being made.
  test('a wake-up call before the start is through picks nothing up; the start does', async () => {
    const home = new Home(['alice']);
    home.configure('posthorn_sendmail_delivers = no\nhome_mailbox = Maildir/');
    assert.equal(home.run('newaliases').status, 0);
    assert.equal(home.run('sendmail', ['-f', 'alice', 'alice'], '\nhi\n').status, 0);
    const lines: string[] = [];
    const log = new Log('qmgr', {write: ({program, text}: LogRecord) => void lines.push(`${program}: ${text}`)});
    const engine = new Engine({config: loadConfig(home.path('etc/postfix'), {root: home.root}), log});
    try {
      engine.wakePickup();
      await pause(100);
      assert.equal(lines.length, 0, lines.join());
      await engine.start();
      await until(() => lines.some(line => line.endsWith(': removed')), 10_000, 'the delivery');
      assert.equal(lines.filter(line => line.startsWith('pickup: ')).length, 1, lines.join('\n'));
      assert.equal(home.messages('alice').length, 1);
    } finally {
      await engine.stop(true);
      await home.dispose();
    }
  });
});
