/** Mail between a real Postfix and ours, both ways by SMTP, and the notification of a refused recipient on its way back. */
import assert from 'node:assert/strict';
import {appendFileSync, chmodSync, mkdirSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {freePorts} from '../support/free-ports.ts';
import {Home, until} from '../support/home.ts';
import {RealPostfix, requireRealPostfix} from '../support/real-postfix.ts';

suite('SMTP with a real Postfix', () => {
  let real: RealPostfix | undefined;
  let home: Home | undefined;

  suiteSetup(async function () {
    this.timeout(60_000);
    requireRealPostfix(this);
    const [theirs = 0, ours = 0] = await freePorts(2);
    real = new RealPostfix('', `127.0.0.1:${theirs} inet n - n - - smtpd\n`);
    const boxes = join(real.home, 'boxes');
    mkdirSync(boxes);
    chmodSync(boxes, 0o777);
    const settings =
      `virtual_mailbox_domains = real.example\nvirtual_mailbox_base = ${boxes}\nvirtual_minimum_uid = 1\n` +
      `virtual_mailbox_maps = inline:{joe@real.example=joe/}\nvirtual_uid_maps = static:65534\nvirtual_gid_maps = static:65534\n` +
      `mynetworks = 127.0.0.0/8\nrelayhost = [127.0.0.1]:${ours}\nlocal_transport = smtp:[127.0.0.1]:${ours}\n`;
    appendFileSync(join(real.config, 'main.cf'), settings);
    real.start();
    home = new Home(['alice']);
    home.configure(
      `myhostname = mail.ours.example\nmydestination = ours.example\nmyorigin = ours.example\nhome_mailbox = Maildir/\n` +
        `relayhost = [127.0.0.1]:${theirs}`,
    );
    home.serve(`127.0.0.1:${ours} inet n - n - - smtpd`);
    await home.start();
  });

  suiteTeardown(async () => {
    await home?.stop();
    await home?.dispose();
    real?.dispose();
  });

  const arrived = (): string[] => {
    const folder = join(real?.home ?? '', 'boxes/joe/new');
    try {
      return readdirSync(folder).map(name => readFileSync(join(folder, name), 'latin1'));
    } catch {
      return []; // nothing came yet
    }
  };

  test('ours sends, the real one takes and delivers', async () => {
    assert.equal(
      home?.run('sendmail', ['-f', 'alice', 'joe@real.example'], 'Subject: out\n\n.dot\nFrom x\n').status,
      0,
    );
    await until(() => arrived().some(text => text.includes('\nSubject: out\n')), 15_000, real?.log());
    assert.match(arrived().join(''), /\n\n\.dot\nFrom x\n$/);
    assert.match(
      home?.log() ?? '',
      /to=<joe@real\.example>, relay=127\.0\.0\.1\[127\.0\.0\.1\]:\d+, .*status=sent \(250 2\.0\.0 Ok: queued as /,
    );
  });

  test('the real one sends, ours takes and delivers', async () => {
    real?.run('sendmail', ['-f', 'joe@real.example', 'alice@ours.example'], 'Subject: in\n\n.dot\nFrom x\n');
    await until(() => home?.messages('alice').some(text => text.includes('\nSubject: in\n')) === true, 15_000);
    assert.match(
      real?.log() ?? '',
      /to=<alice@ours\.example>, relay=127\.0\.0\.1\[127\.0\.0\.1\]:\d+, .*status=sent \(250 2\.0\.0 Ok: queued as /,
    );
  });

  test('a recipient that ours refuses is reported by the real one', async () => {
    real?.run('sendmail', ['-f', 'joe@real.example', 'nobody@ours.example'], 'Subject: lost\n\n');
    await until(() => arrived().some(text => text.includes('Undelivered Mail Returned to Sender')), 15_000);
    assert.match(arrived().join(''), /Diagnostic-Code: smtp; 550 5\.1\.1 <nobody@ours\.example>/);
  });

  test('and the other way round', async () => {
    home?.run('sendmail', ['-f', 'alice', 'nobody@real.example'], 'Subject: lost\n\n');
    await until(
      () => home?.messages('alice').some(text => text.includes('Undelivered Mail Returned to Sender')) === true,
      15_000,
    );
    assert.match(home?.messages('alice').join('') ?? '', /Diagnostic-Code: smtp; 550 5\.1\.1 <nobody@real\.example>/);
  });
});
