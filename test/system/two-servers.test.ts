/**
 * The way of a mail as textbooks draw it: mail program, submission with STARTTLS and a login, MX look-up, the second
 * server, alias, mailbox; and the way back of a delivery status notification.
 */
import assert from 'node:assert/strict';
import {appendFileSync} from 'node:fs';
import nodemailer from 'nodemailer';
import {DnsStub} from '../support/dns-stub.ts';
import {freePorts} from '../support/free-ports.ts';
import {Home, until} from '../support/home.ts';

suite('two servers', () => {
  let dns: DnsStub;
  let first: Home;
  let second: Home;
  let submission = 0;

  suiteSetup(async function () {
    this.timeout(60_000);
    const [port = 0] = await freePorts(1, '127.0.0.2');
    [submission = 0] = await freePorts(1);
    dns = await DnsStub.start({
      'first.example': {MX: [[10, 'mail.first.example']]},
      'mail.first.example': {A: ['127.0.0.1']},
      'second.example': {
        MX: [
          [10, 'down.second.example'],
          [20, 'mail.second.example'],
        ],
      },
      'down.second.example': {A: ['127.0.0.3']},
      'mail.second.example': {A: ['127.0.0.2']},
    });
    const common = `posthorn_dns_servers = ${dns.server}\nsmtp_tcp_port = ${port}\nsmtp_tls_security_level = may\nmynetworks = 127.0.0.9\n`;
    first = new Home(['alice']);
    first.configure(
      `${common}myhostname = mail.first.example\nmydestination = first.example\nmyorigin = first.example`,
    );
    first.serve(
      `127.0.0.1:${submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes ` +
        `-o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n127.0.0.1:${port} inet n - n - - smtpd`,
    );
    second = new Home(['bob']);
    second.configure(
      `${common}myhostname = mail.second.example\nmydestination = second.example\nmyorigin = second.example`,
    );
    second.serve(`127.0.0.2:${port} inet n - n - - smtpd`);
    appendFileSync(second.path('etc/aliases'), 'robert: bob\n');
    second.run('newaliases');
    await Promise.all([first.start(), second.start()]);
  });

  suiteTeardown(async () => {
    await Promise.all([first.stop(), second.stop(), dns.stop()]);
    if (process.env['SHOW_LOGS'] !== undefined) console.log(first.log(), second.log());
    for (const home of [first, second]) await home.dispose();
  });

  const send = (to: string, password = 'secret', dsn?: object): Promise<unknown> =>
    nodemailer
      .createTransport({
        host: '127.0.0.1',
        port: submission,
        requireTLS: true,
        tls: {rejectUnauthorized: false},
        auth: {user: 'alice', pass: password},
      })
      .sendMail({from: 'alice@first.example', to, subject: 'hello', text: 'Hi!', ...(dsn === undefined ? {} : {dsn})});

  test('mail goes by submission and MX to an alias and its mailbox', async () => {
    await send('robert@second.example');
    await until(() => second.messages('bob').length > 0, 15_000, 'the message');
    const [message = ''] = second.messages('bob');
    assert.match(message, /^Received: from mail\.first\.example \(.*\[127\.0\.0\.1\]\)\n/m);
    assert.match(message, /^\tby mail\.first\.example \(Postfix\) with ESMTPSA id /m);
    assert.match(
      first.log(),
      /relay=mail\.second\.example\[127\.0\.0\.2\]:\d+, .*status=sent \(250 2\.0\.0 Ok: queued as /,
    );
    assert.match(first.log(), /connect to down\.second\.example\[127\.0\.0\.3\]:\d+: Connection refused/);
  });

  test('a recipient that is not there comes back to the sender', async () => {
    await send('nobody@second.example');
    await until(() => first.messages('alice').length > 0, 15_000, 'the notification');
    const [report = ''] = first.messages('alice');
    assert.match(report, /^Content-Type: multipart\/report; report-type=delivery-status;/m);
    assert.match(
      report,
      /^Diagnostic-Code: smtp; 550 5\.1\.1 <nobody@second\.example>: Recipient address\n {4}rejected/m,
    );
    assert.match(report, /^Remote-MTA: dns; mail\.second\.example$/m);
  });

  test('without a login, and with a wrong one, nothing is taken', async () => {
    await assert.rejects(send('robert@second.example', 'wrong'), /535/);
    const anonymous = nodemailer.createTransport({
      host: '127.0.0.1',
      port: submission,
      requireTLS: true,
      tls: {rejectUnauthorized: false},
    });
    await assert.rejects(
      anonymous.sendMail({from: 'x@first.example', to: 'robert@second.example', text: 'x'}),
      /554|550/,
    );
  });
});
