/** pflogsumm(1) reads our log as it reads the original's. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {Home, until} from '../support/home.ts';

const PFLOGSUMM = '/usr/sbin/pflogsumm';

suite('pflogsumm', () => {
  test('counts what was received, delivered, deferred, bounced and forwarded', async function () {
    this.timeout(60_000);
    if (!existsSync(PFLOGSUMM)) {
      console.log(`    skipped: ${PFLOGSUMM} is not installed`);
      this.skip();
    }
    const home = new Home(['alice', 'bob']);
    try {
      home.configure('home_mailbox = Maildir/\nnotify_classes =');
      home.configure('posthorn_dns_servers = 127.0.0.1:1 timeout:1 attempts:1'); // nobody answers there
      home.write('home/bob/.forward', 'alice\n');
      await home.start();
      for (const to of ['alice', 'alice', 'bob', 'nosuch', 'x@away.example'])
        assert.equal(home.run('sendmail', ['-f', 'alice', to], 'Subject: x\n\nhi\n').status, 0);
      const settled = (): boolean => (home.log().match(/status=/g) ?? []).length >= 7; // alice hears of nosuch, too
      await until(settled, 20_000, home.log());
      await home.stop();
      const {stdout} = spawnSync(PFLOGSUMM, [home.path('var/log/mail.log')], {encoding: 'utf8'});
      const total = (what: string): number => Number(new RegExp(`^ *(\\d+) +${what}`, 'm').exec(stdout)?.[1]);
      const totals = ['received', 'delivered', 'forwarded', 'deferred', 'bounced', 'rejected'].map(total);
      assert.deepEqual(totals, [5, 4, 1, 1, 1, 0], stdout.slice(0, 600) + home.log());
    } finally {
      await home.dispose();
    }
  });
});
