/** `posthorn doctor` and `posthorn explain --client`: what they find in an instance, by the launchers as a person would. */
import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {Home} from '../support/home.ts';
import {freePorts} from '../support/free-ports.ts';

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly text: string;
}

suite('posthorn doctor', () => {
  let home: Home;
  setup(() => {
    home = new Home(['alice']);
    home.configure('posthorn_dns_servers = 127.0.0.1:1 timeout:1 attempts:1\nmyhostname = mail.example.com');
  });
  teardown(async () => {
    await home.dispose();
  });

  function examine(): {status: number; findings: readonly Finding[]} {
    const run = home.run('posthorn', ['doctor', '--json']);
    const report = JSON.parse(run.stdout) as {status: number; findings: readonly Finding[]}; // our own command's
    assert.equal(report.status, run.status);
    return report;
  }
  const texts = (findings: readonly Finding[], check: string, verdict: string): string[] =>
    findings.filter(one => one.check === check && one.verdict === verdict).map(({text}) => text);

  const serve = async (options = ''): Promise<number> => {
    const [port = 0] = await freePorts(1);
    home.serve(`127.0.0.1:${port} inet n - n - - smtpd ${options}`);
    return port;
  };

  test('an instance as it is made has nothing wrong, and no stranger can relay', async () => {
    const port = await serve();
    const {findings} = examine();
    assert.deepEqual(texts(findings, 'relay', 'ok'), [`127.0.0.1:${port}: no stranger can relay`]);
    assert.deepEqual(
      findings.filter(({verdict}) => verdict === 'failure'),
      [],
    );
  });

  const open: readonly (readonly [string, string])[] = [
    ['mynetworks = 0.0.0.0/0', '-o smtpd_relay_restrictions=permit_mynetworks,reject'],
    ['', '-o smtpd_relay_restrictions=check_sender_access,static:OK,reject'],
  ];
  for (const [setting, options] of open)
    test(`the relay is open with ${setting} ${options}`, async () => {
      if (setting !== '') home.configure(setting);
      await serve(options);
      const {status, findings} = examine();
      assert.equal(status, 2);
      assert.match(texts(findings, 'relay', 'failure').join('\n'), /OPEN RELAY: <victim@relay-test\.example>/);
    });

  test('what is wrong in users’ filters is told with file and line', () => {
    mkdirSync(home.path('home/alice'), {recursive: true});
    assert.deepEqual(texts(examine().findings, 'filters', 'ok'), ['nobody has any']);
    home.write('home/alice/.procmailrc', 'MAILDIR=$HOME\n:0\n* ^Subject: (foo\nbox\n');
    home.write('home/alice/.dovecot.sieve', 'keep;\nfileinto "x";\n');
    const {status, findings} = examine();
    assert.equal(status, 2);
    assert.deepEqual(texts(findings, 'filters', 'warning'), [
      `${home.path('home/alice/.procmailrc')}:3: a parenthesis is missing or too many in "^Subject: (foo"`,
    ]);
    assert.deepEqual(texts(findings, 'filters', 'failure'), [
      `${home.path('home/alice/.dovecot.sieve')}:2: unknown command 'fileinto' (only reported once at first occurrence)`,
    ]);
  });

  test('lists that protect from nobody keep the service from starting', async () => {
    await serve('-o smtpd_relay_restrictions=permit');
    const {status, findings} = examine();
    assert.equal(status, 2);
    assert.match(texts(findings, 'relay', 'failure').join('\n'), /specify at least one working instance of/);
  });

  test('misspelt settings, a loop and a missing certificate are found', async () => {
    const port = await serve();
    home.configure(
      `smtpd_banne = hello\nrelayhost = [127.0.0.1]:${port}\nsmtpd_tls_chain_files = ${home.path('no-such.pem')}`,
    );
    const {status, findings} = examine();
    assert.equal(status, 2);
    assert.match(
      texts(findings, 'settings', 'warning').join('\n'),
      /unknown parameter smtpd_banne; did you mean smtpd_banner\?/,
    );
    assert.match(texts(findings, 'loops', 'failure').join('\n'), /is this mail system itself/);
    assert.match(texts(findings, 'certificates', 'failure').join('\n'), /no-such\.pem: No such file or directory/);
  });

  test('a port that is not served while the system runs is found', async () => {
    await home.start();
    const port = await serve(); // not reloaded
    const {findings} = examine();
    assert.deepEqual(texts(findings, 'ports', 'failure'), [`127.0.0.1:${port}: 127.0.0.1 port ${port} is not served`]);
  });

  test('a session is explained with the restriction and the place that decided', async () => {
    home.configure(
      'smtpd_helo_required = yes\nsmtpd_recipient_restrictions = check_client_access static:REJECT, permit',
    );
    await serve();
    const run = home.run('posthorn', [
      'explain',
      '--client',
      '192.0.2.1',
      '--helo',
      'x.example',
      '-f',
      'a@b.example',
      'alice',
    ]);
    assert.equal(run.status, 69);
    assert.match(
      run.stdout,
      /check_client_access static:REJECT +.*554 5\.7\.1 <unknown\[192\.0\.2\.1\]>: Client host rejected: Access denied/,
    );
    assert.match(run.stdout, / not accepted$/m);
    const inside = home.run('posthorn', ['explain', '--client', '127.0.0.1', '-f', 'a@b.example', '--json', 'alice']);
    assert.equal((JSON.parse(inside.stdout) as {isAccepted: boolean}).isAccepted, false); // our own command's
  });
});
