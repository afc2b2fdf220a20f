/** smtp-source in the test's process, against a server that records; the comparison with the original is in test/peers. */
import assert from 'node:assert/strict';
import {smtpSource} from '../../src/commands/smtp-source.ts';
import {ReplyReader} from '../../src/commands/smtp-source-replies.ts';
import {strftime} from '../../src/core/base/strftime.ts';
import {recordingServer, startSink} from '../support/smtp-programs.ts';
import {runInProcess} from '../support/stdio.ts';

suite('smtp-source', () => {
  const replies: readonly (readonly [string, number, string])[] = [
    ['250 ok\r\n', 250, 'ok'],
    ['250-a\r\n250-b\n250 c\n', 250, 'a\nb\nc'],
    ['250ok\r\n', 250, 'ok'],
    ['250\r\n', 250, ''],
    ['2500 x\r\n', 0, 'x'],
    ['abc\r\n', 0, 'abc'],
    ['\r\n', 0, ''],
    ['550-  no\r\n550 \r\n', 550, 'no\n'],
  ];
  for (const [text, code, words] of replies)
    test(`reads ${JSON.stringify(text)}`, () => {
      const reader = new ReplyReader();
      for (const byte of text) reader.push(byte);
      assert.deepEqual(reader.next(), {code, text: words});
      assert.equal(reader.next(), undefined);
    });

  test('sends as many messages as asked for, over as many sessions', async () => {
    const sink = await startSink(['-c']);
    const done = await runInProcess(smtpSource, ['-s', '7', '-m', '50', '-d', '-c', `127.0.0.1:${sink.port}`]);
    assert.equal(done.status, 0);
    assert.match(done.stdout, /\r50\r\n$/);
    await new Promise(resolve => setTimeout(resolve, 50));
    assert.match(sink.output.stdout, /mesg=50\r$/);
    sink.stop();
  });

  test('numbers recipients down without -N, and never the same with it', async () => {
    const server = await recordingServer();
    const recipients = async (...args: string[]): Promise<string[]> => {
      await runInProcess(smtpSource, ['-m', '2', '-r', '2', '-d', '-t', 'u@x', ...args, `127.0.0.1:${server.port}`]);
      return [...(server.sent.at(-1) ?? '').matchAll(/RCPT TO:<(.*?)>/g)].map(match => match[1] ?? '');
    };
    assert.deepEqual(await recipients(), ['2u@x', 'u@x', '2u@x', 'u@x']);
    assert.deepEqual(await recipients('-N'), ['1u@x', '2u@x', '3u@x', '4u@x']);
    server.close();
  });

  test('a refusal ends it, or with -A the message', async () => {
    const server = await recordingServer({MAIL: '450-a\r\n450 no\r\n'});
    const place = `127.0.0.1:${server.port}`;
    const ended = await runInProcess(smtpSource, [place]);
    assert.deepEqual([ended.status, ended.stderr], [1, 'smtp-source: fatal: sender rejected: 450 a?no\n']);
    const wentOn = await runInProcess(smtpSource, ['-A', '-d', '-M', 'me', place]);
    assert.deepEqual([wentOn.status, wentOn.stderr], [0, 'smtp-source: warning: sender rejected: 450 a?no\n']);
    assert.equal(server.sent.at(-1), 'HELO me\r\nMAIL FROM:<foo@me>\r\nRSET\r\nQUIT\r\n');
    server.close();
  });

  test('a connection that is lost is told with what was being sent', async () => {
    const server = await recordingServer({RCPT: ''});
    const {stderr} = await runInProcess(smtpSource, [`127.0.0.1:${server.port}`]);
    assert.equal(stderr, 'smtp-source: fatal: lost connection while sending recipient\n');
    server.close();
  });

  const dates: readonly (readonly [string, string])[] = [
    ['%Y%m%d%H/%M.', '2026112405/17.'],
    ['%j %a %A %b %B %y %C %e %F %T %D', '328 Tue Tuesday Nov November 26 20 24 2026-11-24 05:17:06 11/24/26'],
    ['%G-%V %u %w %U %W %I %p %%', '2026-48 2 2 47 47 05 AM %'],
    ['%Q %', '%Q %'],
  ];
  for (const [template, text] of dates)
    test(`strftime ${template}`, () => assert.equal(strftime(template, new Date(2026, 10, 24, 5, 17, 6)), text));
});
