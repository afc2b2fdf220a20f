/** Programs that people send mail with, against our server: swaks, msmtp, curl, Python's smtplib and nodemailer. */
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';
import {suite, suiteSetup, suiteTeardown, test} from 'mocha';
import {Home, until} from '../support/home.ts';
import {freePorts} from '../support/free-ports.ts';
import {untilListening} from '../support/smtp-sides.ts';

const LETTER = 'From: sender@example.org\r\nTo: alice@example.com\r\nSubject: SUBJECT\r\n\r\n.dot\r\nfr\xc3\xbcher\r\n';
const PYTHON = `
import smtplib, ssl, sys
port, how, subject = int(sys.argv[1]), sys.argv[2], sys.argv[3]
with smtplib.SMTP('127.0.0.1', port, local_hostname='client.example.net') as smtp:
    smtp.ehlo()
    if how == 'tls':
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        smtp.starttls(context=context)
        smtp.login('alice', 'secret')
    text = 'Subject: %s\\r\\n\\r\\n.dot\\r\\n' % subject
    smtp.sendmail('sender@example.org', ['alice@example.com'], text)
`;

suite('programs that send mail', function () {
  this.timeout(60_000);
  let home: Home;
  let [plain = 0, login = 0]: readonly number[] = [];

  suiteSetup(async () => {
    [plain = 0, login = 0] = await freePorts(2);
    home = new Home(['alice']);
    home.configure(
      'myhostname = mail.example.com\nmydestination = $myhostname, example.com\nlocal_recipient_maps =\nhome_mailbox = Maildir/\nsmtpd_peername_lookup = no',
    );
    const rows =
      `127.0.0.1:${plain} inet n - n - - smtpd -o smtpd_tls_security_level=none\n` +
      `127.0.0.1:${login} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes\n`;
    home.write('etc/postfix/master.cf', readFileSync(home.path('etc/postfix/master.cf'), 'latin1') + rows);
    await home.start();
    await untilListening(plain);
    await untilListening(login);
  });

  suiteTeardown(async () => await home?.dispose());

  async function arrived(subject: string, body: string): Promise<void> {
    await until(() => home.messages('alice').some(text => text.includes(`Subject: ${subject}`)), 15_000, subject);
    const text = home.messages('alice').find(one => one.includes(`Subject: ${subject}`)) ?? '';
    assert.ok(text.includes(body), text);
  }

  function needs(context: Mocha.Context, program: string, args: readonly string[] = ['--version']): void {
    if (spawnSync(program, [...args], {stdio: 'ignore'}).error === undefined) return;
    console.log(`      SKIPPED: ${program} is not installed`);
    context.skip();
  }

  test('swaks', async function () {
    needs(this, 'swaks');
    const to = ['--server', '127.0.0.1', '--from', 'sender@example.org', '--to', 'alice@example.com'];
    await run('swaks', [...to, '--port', String(plain), '--header', 'Subject: swaks', '--body', '.dot']);
    await arrived('swaks', '\n.dot');
    if (spawnSync('perl', ['-MNet::SSLeay', '-e1']).status !== 0) return; // swaks can't encrypt without
    const secure = ['--tls', '--auth', 'PLAIN', '--auth-user', 'alice', '--auth-password', 'secret'];
    await run('swaks', [...to, '--port', String(login), ...secure, '--header', 'Subject: swaks-tls', '--body', 'x']);
    await arrived('swaks-tls', 'with ESMTPSA');
  });

  test('msmtp', async function () {
    needs(this, 'msmtp');
    const to = ['--host=127.0.0.1', '--from=sender@example.org', '--domain=client.example.net', 'alice@example.com'];
    await run('msmtp', [`--port=${plain}`, '--file=/dev/null', ...to], letter('msmtp'));
    await arrived('msmtp', '\n.dot\nfr\xc3\xbcher\n');
    const secure = ['--tls=on', '--tls-certcheck=off', '--auth=plain', '--user=alice', '--passwordeval=echo secret'];
    await run('msmtp', [`--port=${login}`, '--file=/dev/null', ...secure, ...to], letter('msmtp-tls'));
    await arrived('msmtp-tls', 'with ESMTPSA');
  });

  test('curl', async function () {
    needs(this, 'curl');
    const to = ['--silent', '--show-error', '--mail-from', 'sender@example.org', '--mail-rcpt', 'alice@example.com'];
    await run('curl', [...to, '--upload-file', '-', `smtp://127.0.0.1:${plain}/client.example.net`], letter('curl'));
    await arrived('curl', '\n.dot\nfr\xc3\xbcher\n');
    const secure = ['--ssl-reqd', '--insecure', '--user', 'alice:secret', '--login-options', 'AUTH=LOGIN'];
    await run('curl', [...to, ...secure, '--upload-file', '-', `smtp://127.0.0.1:${login}/c`], letter('curl-tls'));
    await arrived('curl-tls', 'with ESMTPSA');
  });

  test('smtplib of Python', async function () {
    needs(this, 'python3');
    await run('python3', ['-c', PYTHON, String(plain), 'plain', 'smtplib']);
    await arrived('smtplib', '\n.dot\n');
    await run('python3', ['-c', PYTHON, String(login), 'tls', 'smtplib-tls']);
    await arrived('smtplib-tls', 'with ESMTPSA');
  });

  test('nodemailer', async () => {
    const message = {from: 'sender@example.org', to: 'alice@example.com', text: '.dot\nfr\u00fcher\n'};
    const secure = {requireTLS: true, tls: {rejectUnauthorized: false}, auth: {user: 'alice', pass: 'secret'}};
    await sendByNodemailer({port: plain, ignoreTLS: true}, {...message, subject: 'nodemailer'});
    await arrived('nodemailer', '.dot');
    await sendByNodemailer({port: login, ...secure}, {...message, subject: 'nodemailer-tls'});
    await arrived('nodemailer-tls', 'with ESMTPSA');
  });
});

function letter(subject: string): string {
  return LETTER.replace('SUBJECT', subject);
}

function run(program: string, args: readonly string[], input = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {stdio: ['pipe', 'pipe', 'pipe']});
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    child.on('error', reject);
    child.on('close', status =>
      status === 0 ? resolve() : reject(new Error(`${program} ended with ${status}\n${said}`)),
    );
    child.stdin.end(Buffer.from(input, 'latin1'));
  });
}

interface Mailer {
  createTransport(options: object): {sendMail(message: object): Promise<unknown>; close(): void};
}

/** It comes along with smtp-server. */
async function sendByNodemailer(options: object, message: object): Promise<void> {
  const require = createRequire(import.meta.url);
  const mailer = createRequire(require.resolve('smtp-server'))('nodemailer') as Mailer; // as its manual has it
  const transport = mailer.createTransport({host: '127.0.0.1', name: 'client.example.net', ...options});
  await transport.sendMail(message);
  transport.close();
}
