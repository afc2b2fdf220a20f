import assert from 'node:assert/strict';
import fc from 'fast-check';
import {suite, test} from 'mocha';
import {AccountService} from '../../../../src/core/account/account-service.ts';
import {serveLines} from '../../../../src/core/account/auth-socket/auth-lines.ts';
import {AuthClientSession} from '../../../../src/core/account/auth-socket/client-session.ts';
import {AuthMasterSession} from '../../../../src/core/account/auth-socket/master-session.ts';
import {defaultAuthSettings, defaultPassdb, defaultUserdb} from '../../../../src/core/account/auth/settings.ts';
import {duplexPair} from '../../../support/duplex-pair.ts';

const lines: string[] = [];
const keep = (text: string): void => void lines.push(text);
const log = {info: keep, warning: keep, error: keep, debug: keep};
const accounts = new AccountService({
  settings: {
    ...defaultAuthSettings,
    mechanisms: ['PLAIN', 'LOGIN'],
    failureDelaySeconds: 0,
    hasPenalty: false,
    passdbs: [{...defaultPassdb, driver: 'static', args: 'password=secret nologin=y x'}],
    userdbs: [{...defaultUserdb, driver: 'static', args: 'uid=1 allow_all_users=yes'}],
  },
  log,
  hostName: 'h',
});
const shared = {log, isDebug: false, processId: 7};
const random = (bytes: number): Buffer => Buffer.alloc(bytes, 1);

/** What comes back for these bytes, in pieces of a size. */
async function talk(kind: 'client' | 'userdb' | 'master', text: string, pieceBytes = 1000): Promise<string> {
  const [ours, theirs] = duplexPair();
  serveLines(ours, write =>
    kind === 'client'
      ? new AuthClientSession({sasl: accounts.sasl, connectionId: 3, random, ...shared}, write)
      : new AuthMasterSession({accounts, isMaster: kind === 'master', ...shared}, write),
  );
  theirs.setEncoding('latin1');
  let heard = '';
  theirs.on('data', (chunk: string) => (heard += chunk));
  for (let at = 0; at < text.length; at += pieceBytes) theirs.write(text.slice(at, at + pieceBytes), 'latin1');
  for (let tries = 0, before = -1; tries < 20 || heard.length !== before; tries++) {
    before = heard.length;
    await new Promise(resolve => setImmediate(resolve));
  }
  heard += ours.destroyed ? '<closed>' : '';
  theirs.destroy();
  return heard;
}

const HELLO = 'VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nMECH\tLOGIN\tplaintext\nSPID\t7\nCUID\t3\nCOOKIE\t01010101010101010101010101010101\nDONE\n'; // prettier-ignore
const RESPONSE = Buffer.from('\0joe\0secret').toString('base64');

suite('auth sockets', () => {
  const client: readonly (readonly [said: string, answer: string, logged?: RegExp])[] = [
    [`AUTH\t1\tPLAIN\tservice=smtp\tresp=${RESPONSE}\n`, 'OK\t1\tuser=joe\tnologin\tx\n'],
    [`AUTH\t1\tPLAIN\tservice=smtp\nCONT\t1\t${RESPONSE}\n`, 'CONT\t1\t\nOK\t1\tuser=joe\tnologin\tx\n'],
    ['AUTH\t1\tLOGIN\tservice=smtp\n', 'CONT\t1\tVXNlcm5hbWU6\n'],
    [
      'AUTH\t1\tPLAIN\tservice=smtp\tresp=!!!\n',
      'FAIL\t1\tcode=invalid_base64\treason=Invalid base64 data in initial response\n',
    ],
    ['AUTH\t1\tPLAIN\tservice=smtp\nCANCEL\t1\nCONT\t1\tAAAA\n', 'FAIL\t1\treason=Authentication request timed out\n'], // prettier-ignore
    ['AUTH\t1\tFOO\tservice=smtp\n', '<closed>', /requested unsupported authentication mechanism FOO/],
    ['AUTH\t1\tPLAIN\n', '<closed>', /didn't specify service/],
    ['AUTH\t1\n', '<closed>', /sent broken AUTH request/],
    ['AUTH\tx\tPLAIN\tservice=a\n', '<closed>', /sent broken AUTH request/],
    ['CONT\t1\n', '<closed>', /sent broken CONT request/],
    ['FOO\t1\n', '<closed>', /sent unknown command: FOO\?1/],
    ['AUTH\t1\tPLAIN\tservice=a\nAUTH\t1\tPLAIN\tservice=a\n', '<closed>', /sent a duplicate ID 1/],
    [`${'x'.repeat(70_000)}`, '<closed>'],
  ];
  for (const [said, answer, logged] of client)
    for (const pieceBytes of said.length > 1000 ? [1000] : [1000, 1])
      test(`a client says ${JSON.stringify(said.slice(0, 60))} by ${pieceBytes} bytes`, async () => {
        lines.length = 0;
        const heard = await talk('client', `VERSION\t1\t1\nCPID\t4\n${said}`, pieceBytes);
        assert(heard.startsWith(HELLO));
        const told = heard.slice(HELLO.length);
        assert.equal(answer === '<closed>' ? told.slice(-8) : told, answer);
        if (logged !== undefined)
          assert(
            lines.some(line => logged.test(line)),
            lines.join('\n'),
          );
      });

  test('another version is not spoken', async () => {
    assert.match(await talk('client', 'VERSION\t2\t0\n'), /<closed>$/);
    assert.match(await talk('userdb', 'USER\t1\tjoe\tservice=x\n'), /<closed>$/);
  });

  const master: readonly (readonly [said: string, answer: string])[] = [
    ['USER\t1\tJOE\tservice=x\n', 'USER\t1\tjoe\tuid=1\n'],
    ['USER\t1\ta b\tservice=x\n', 'NOTFOUND\t1\n'],
    ['PASS\t2\tjoe\tservice=x\n', 'PASS\t2\tuser=joe\tnologin=y\tx\n'],
    ['LIST\t3\tservice=x\n', 'DONE\t3\tfail\n'],
    ['USER\t1\tjoe\n', '<closed>'],
    ['USER\t1\n', '<closed>'],
    ['USER\n', '<closed>'],
    ['CACHE-FLUSH\t1\n', '<closed>'],
  ];
  for (const [said, answer] of master)
    test(`a userdb client says ${JSON.stringify(said)}`, async () => {
      const heard = await talk('userdb', `VERSION\t1\t0\n${said}`);
      assert.equal(heard, `VERSION\t1\t1\nSPID\t7\n${answer}`);
    });

  test('auth-master flushes the cache', async () => {
    assert.match(await talk('master', 'VERSION\t1\t0\nCACHE-FLUSH\t1\tjoe\n'), /\nOK\t1\t0\n$/);
  });

  test('noise ends the connection or is answered, and nothing else', async () => {
    const word = fc.oneof(fc.constantFrom('AUTH', 'CONT', 'CANCEL', '1', 'PLAIN', 'service=x', 'resp==', '\x01', '\0'), fc.string()); // prettier-ignore
    const line = fc.array(word, {maxLength: 6}).map(words => words.join('\t'));
    await fc.assert(
      fc.asyncProperty(fc.array(line, {maxLength: 6}), fc.constantFrom('client', 'userdb'), async (said, kind) => {
        const heard = await talk(kind === 'client' ? 'client' : 'userdb', `VERSION\t1\t0\n${said.join('\n')}\n`);
        assert(!heard.includes('OK\t'));
      }),
      {numRuns: 60},
    );
  });
});
