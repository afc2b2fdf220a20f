import assert from 'node:assert/strict';
import {suite, test} from 'mocha';
import {loginLine, LoginTally, makeSessionId} from '../../../src/core/account/login-log.ts';

const CONNECTION = {
  service: 'pop3',
  clientAddress: '10.0.0.9',
  serverAddress: '10.0.0.1',
  clientPort: 4711,
  serverPort: 110,
  isEncrypted: false,
  session: 'abc',
};

suite('login lines', () => {
  test('a login, a departure, TLS', () => {
    const facts = {connection: CONNECTION, user: 'joe', method: 'PLAIN', processId: 7, isSecured: false};
    assert.equal(
      loginLine('Login', facts),
      'Login: user=<joe>, method=PLAIN, rip=10.0.0.9, lip=10.0.0.1, mpid=7, session=<abc>',
    );
    const nobody = {connection: CONNECTION, user: '', method: '', isSecured: true};
    assert.equal(loginLine('Bye', nobody), 'Bye: user=<>, rip=10.0.0.9, lip=10.0.0.1, secured, session=<abc>');
    const encrypted = {...facts, connection: {...CONNECTION, isEncrypted: true}};
    assert.match(loginLine('Login', encrypted), /, mpid=7, TLS, session=<abc>$/);
  });

  test('elements of other kinds', () => {
    const facts = {connection: CONNECTION, user: 'joe@x', originalUser: 'Joe', masterUser: 'boss', method: 'PLAIN', isSecured: false}; // prettier-ignore
    const settings = {format: '[%s] %$', elements: 'x %n@%d %a-%b o=%{orig_user} m=%{auth_user} k=%k %{foo}'};
    assert.equal(loginLine('Hi', facts, settings), '[joe@x, 110-4711, o=Joe, m=boss] Hi');
  });

  test('why a client left', () => {
    assert.equal(new LoginTally(1000).reason(4500), '(no auth attempts in 3 secs)');
    const failed = new LoginTally(0);
    failed.attempt(1000);
    failed.attempt(2000);
    assert.equal(failed.reason(5000), '(auth failed, 2 attempts in 4 secs)');
    failed.attempt(6000, 'temporary');
    assert.equal(failed.reason(7000), '(auth service reported temporary failure)');
    failed.successes++;
    assert.equal(failed.reason(7000), '(internal failure, 1 successful auths)');
    const begun = new LoginTally(0);
    begun.isAuthenticating = true;
    assert.equal(begun.reason(9000), "(client didn't finish SASL auth, waited 9 secs)");
  });

  test('a session id holds the time, the port and the address', () => {
    const bytes = Buffer.from(makeSessionId(1_700_000_000_000.5, 38_920, Uint8Array.of(127, 0, 0, 1)), 'base64');
    assert.equal(bytes.readUIntLE(0, 6), 1_700_000_000_000_500 % 2 ** 48);
    assert.deepEqual([...bytes.subarray(6)], [0x08, 0x98, 127, 0, 0, 1]);
  });
});
