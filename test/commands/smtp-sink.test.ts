/** smtp-sink in the test's process: dialogues, limits, files and counters; the comparison with the original is in test/peers. */
import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {upgradeToTls, TLS_OPTIONS} from '../support/tls-client.ts';
import {ContentScanner, Unstuffer} from '../../src/commands/smtp-sink-content.ts';
import {dialogue, startSink, type RunningSink} from '../support/smtp-programs.ts';

suite('smtp-sink', () => {
  let folder = '';
  let sink: RunningSink | undefined;

  setup(() => (folder = mkdtempSync(join(tmpdir(), 'sink-'))));
  teardown(() => {
    sink?.stop();
    rmSync(folder, {recursive: true, force: true});
  });

  const talk = async (args: readonly string[], lines: readonly string[]): Promise<string[]> => {
    sink = await startSink(args);
    return await dialogue(
      sink.port,
      lines.map(line => `${line}\r\n`),
    );
  };

  const talkByRules = async (rules: string, lines: readonly string[]): Promise<string[]> => {
    writeFileSync(join(folder, 'rules'), rules);
    return await talk(['--rules', join(folder, 'rules')], lines);
  };

  test('the end of data is found wherever the pieces are cut', () => {
    const content = Buffer.from('a\r\r\n..b\r\n.\rc\n.\n\r\n.\r\nNOOP\r\n', 'latin1');
    const end = content.indexOf('\r\n.\r\n') + 5;
    for (let first = 0; first <= end; first++)
      for (let second = first; second <= end; second++) {
        const scanner = new ContentScanner();
        const pieces = [content.subarray(0, first), content.subarray(first, second), content.subarray(second)];
        const found = pieces.map(piece => scanner.findEnd(piece, 0));
        const at = [0, first, second].map((start, i) => ((found[i] ?? -1) < 0 ? -1 : start + (found[i] ?? 0)));
        assert.equal(
          at.find(position => position >= 0),
          end,
          `${first} ${second}`,
        );
        if (at[0] !== -1 || at[1] !== -1) break;
      }
  });

  test('an empty message ends at once', () => {
    assert.equal(new ContentScanner().findEnd(Buffer.from('.\r\nQUIT'), 0), 3);
  });

  test('files lose CRs and the dot behind CR LF, and no other', () => {
    const unstuffer = new Unstuffer();
    const kept = ['..a\r', '\n.b\r\n', '.', '\rX\n.c'].map(piece => unstuffer.take(Buffer.from(piece)).toString());
    assert.equal(kept.join(''), '.a\nb\nX\n.c');
  });

  test('pipelined commands are answered in their order, in one go', async () => {
    const answers = await talk([], ['MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nx\r\n.\r\nQUIT']);
    assert.equal(
      answers[1],
      '250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok\r\n221 Bye\r\n<end>',
    );
  });

  test('a bare LF ends neither a command nor a message', async () => {
    const answers = await talk([], ['NOOP\nNOOP', 'MAIL FROM:<a>', 'RCPT TO:<b>', 'DATA', 'x\n.\nQUIT', '.']);
    assert.deepEqual(answers.slice(-2), ['', '250 2.0.0 Ok\r\n']);
  });

  test('beyond -m a connection waits for its turn without a greeting', async () => {
    sink = await startSink(['-m', '1']);
    const {port} = sink;
    const first = dialogue(port, ['NOOP\r\n', 'NOOP\r\n', 'QUIT\r\n']);
    await new Promise(resolve => setTimeout(resolve, 50));
    const second = await dialogue(port, []);
    assert.deepEqual(second, ['']);
    assert.equal((await first).at(-1), '221 Bye\r\n<end>');
    assert.deepEqual(await dialogue(port, []), ['220 smtp-sink ESMTP\r\n']);
  });

  test('-M ends the program with the message, -n with the session', async () => {
    await talk(['-M', '1', '-c'], ['MAIL FROM:<a>', 'RCPT TO:<b>', 'DATA', 'x\r\n.']);
    await sink?.ended;
    assert.match(sink?.output.stdout ?? '', /mesg=1\r$/);
  });

  test('-D appends whole messages, -d makes files, and what was cut off leaves nothing', async () => {
    const message = [
      'EHLO me',
      'MAIL FROM:<a> SIZE=1',
      'RCPT TO:<b>',
      'DATA',
      '..x\r\n.',
      'MAIL FROM:<c>',
      'RCPT TO:<d>',
    ];
    await talk(['-D', join(folder, 'sub/%%all'), '-S', 'From\\040x\\n'], [...message, 'DATA', 'cut']);
    await new Promise(resolve => setTimeout(resolve, 100));
    assert.deepEqual(readdirSync(join(folder, 'sub')), ['%all']);
    const text = readFileSync(join(folder, 'sub/%all'), 'latin1');
    assert.match(
      text,
      /^From x\nX-Client-Addr: 127\.0\.0\.1\nX-Client-Proto: ESMTP\nX-Helo-Args: me\nX-Mail-Args: <a> SIZE=1\nX-Rcpt-Args: <b>\nReceived: from me \(\[127\.0\.0\.1\]\)\n\tby smtp-sink \(smtp-sink\) with ESMTP id [0-9a-f]{8};\n\t.*\n\.x\n\n$/,
    );
  });

  test('a reply of a rule takes the place of the usual one', async () => {
    const answers = await talkByRules('mail sender=*@spam.* reply 554 5.7.1 no\\nreally\nend silent', [
      'MAIL FROM:<a@SPAM.example>',
      'MAIL FROM:<b>',
      'RCPT TO:<c>',
      'DATA',
      'x\r\n.',
      'NOOP',
    ]);
    assert.deepEqual(answers.slice(1), [
      '554-5.7.1 no\r\n554 really\r\n',
      '250 2.1.0 Ok\r\n',
      '250 2.1.5 Ok\r\n',
      '354 End data with <CR><LF>.<CR><LF>\r\n',
      '',
      '250 2.0.0 Ok\r\n',
    ]);
  });

  test('421 of a rule hangs up', async () => {
    assert.deepEqual(await talkByRules('connect reply 421 4.3.2 later', []), ['421 4.3.2 later\r\n<end>']);
  });

  test('a message is cut behind so many bytes, or read slowly', async () => {
    const lines = ['MAIL FROM:<a>', 'RCPT TO:<b>', 'DATA', `${'x'.repeat(500)}\r\n.`];
    assert.equal((await talkByRules('content cut 100', lines)).at(-1), '<end>');
    sink?.stop();
    assert.equal((await talkByRules('content slow 200', lines)).at(-1), '');
  });

  test('STARTTLS is offered with a rule for it, works, and is not offered again', async () => {
    writeFileSync(join(folder, 'rules'), 'starttls accept');
    sink = await startSink(['--rules', join(folder, 'rules')]);
    const answers = await upgradeToTls(sink.port, TLS_OPTIONS);
    assert.match(answers.before, /250-STARTTLS\r\n/);
    assert.doesNotMatch(answers.after, /STARTTLS/);
    assert.match(answers.after, /250 \r\n$/);
  });

  test('a broken handshake answers the first words of TLS with something else', async () => {
    const answers = await talkByRules('starttls handshake garbage', ['STARTTLS', '\x16\x03\x01']);
    assert.deepEqual(answers.slice(1), [
      '220 2.0.0 Ready to start TLS\r\n',
      '500 5.5.1 this is no TLS record\r\n<end>',
    ]);
  });
});
