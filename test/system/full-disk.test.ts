/** A full disk: sendmail says so and exits 75, nothing acknowledged is lost, nothing half-written is delivered. */
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {Home, until} from '../support/home.ts';
import {SmallDisk} from '../support/small-disk.ts';

suite('a full disk', () => {
  let disk: SmallDisk;
  let root: string;

  suiteSetup(function () {
    disk = new SmallDisk();
    root = join(disk.folder, 'home');
    disk.mount(root, this);
  });
  suiteTeardown(() => disk.dispose());

  test('is told with exit 75; what was accepted arrives whole once there is room', async function () {
    this.timeout(60_000);
    const home = new Home(['alice'], root);
    home.configure('home_mailbox = Maildir/');
    const body = `${'0123456789'.repeat(7)}\n`.repeat(2000);
    try {
      await home.start();
      let accepted = 0;
      let refused;
      for (let i = 0; i < 200 && refused === undefined; i++) {
        const run = home.run('sendmail', ['-f', 'alice', 'alice'], `Subject: n${i}\n\n${body}END\n`);
        if (run.status === 0) accepted++;
        else refused = run;
      }
      assert.ok(refused, 'the disk never filled');
      assert.equal(refused.status, 75);
      assert.match(refused.stderr, /fatal: .*(No space left on device|queue file write error|Insufficient)/i);
      // Make room by taking mail away; then everything accepted must come, and whole.
      let seen = 0;
      await until(
        () => {
          for (const message of home.takeMessages('alice')) {
            assert.ok(message.trimEnd().endsWith('END'), 'a half message');
            seen++;
          }
          home.run('postqueue', ['-f']);
          return home.run('mailq').stdout.startsWith('Mail queue is empty') && seen >= accepted;
        },
        40_000,
        'all accepted messages',
      );
    } finally {
      await home.stop();
    }
  });
});
