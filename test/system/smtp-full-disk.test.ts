/** A full disk, seen from SMTP: the client is told to come back, and what was acknowledged arrives whole. */
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {Home, until} from '../support/home.ts';
import {SmallDisk} from '../support/small-disk.ts';
import {bdat, content, playDialogue, type Step} from '../support/smtp-dialogue.ts';
import {freePorts} from '../support/free-ports.ts';
import {untilListening} from '../support/smtp-sides.ts';

const START: readonly Step[] = [
  'EHLO client.example.net',
  'MAIL FROM:<sender@example.org>',
  'RCPT TO:<alice@example.com>',
];
const BODY = `${'0123456789'.repeat(7)}\n`.repeat(2000);

suite('a full disk behind SMTP', () => {
  let disk: SmallDisk;
  let root: string;

  suiteSetup(function () {
    disk = new SmallDisk();
    root = join(disk.folder, 'home');
    disk.mount(root, this);
  });
  suiteTeardown(() => disk.dispose());

  test('is told with a temporary reply at each step; what was accepted arrives', async function () {
    this.timeout(120_000);
    const [port = 0] = await freePorts(1);
    const home = new Home(['alice'], root);
    home.configure(
      'home_mailbox = Maildir/\nmydestination = example.com\nlocal_recipient_maps =\nsmtpd_peername_lookup = no',
    );
    const row = `127.0.0.1:${port} inet n - n - - smtpd\n`;
    home.write('etc/postfix/master.cf', readFileSync(home.path('etc/postfix/master.cf'), 'latin1') + row);
    try {
      await home.start();
      await untilListening(port);
      let accepted = 0;
      const refused: string[] = [];
      for (let i = 0; i < 150 && refused.length < 4; i++) {
        const text = `Subject: n${i}\n\n${BODY}END`;
        const rest = i % 2 === 0 ? ['DATA', content(text)] : [bdat(`${text.replaceAll('\n', '\r\n')}\r\n`, 'LAST')];
        const said = await playDialogue([...START, ...rest], {port});
        const isAccepted = said.some(line => line.includes('queued as'));
        if (isAccepted) accepted++;
        else refused.push(said.find(line => /^S: [45]/.test(line)) ?? said.join('\n'));
      }
      assert.ok(refused.length > 0, 'the disk never filled');
      for (const reply of refused)
        assert.match(
          reply,
          /^S: (?:452 4\.3\.1 (?:Error: )?Insufficient system storage|451 4\.3\.0 Error: queue file write error)$/,
        );
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
        60_000,
        'all accepted messages',
      );
      assert.equal(seen, accepted);
    } finally {
      await home.stop();
    }
  });
});
