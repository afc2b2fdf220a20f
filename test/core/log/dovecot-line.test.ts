import assert from 'node:assert/strict';
import {fileRender, maillogRender, syslogBody} from '../../../src/core/log/dovecot-line.ts';
import type {LogRecord} from '../../../src/core/log/log.ts';
import type {Severity} from '../../../src/core/log/events.ts';

const TIME = new Date(2026, 10, 4, 19, 27, 52).getTime();

function record(program: string, severity: Severity, text: string): LogRecord {
  const fields = {severity: 'info', text} as const;
  return {time: TIME, program, pid: 1, severity, event: 'message', fields, text};
}

suite('lines of the mail access log', () => {
  const login = record('imap-login', 'info', 'Login: user=<u>');
  const death = record('master', 'warning', 'Killed\nwith');
  test('a file of its own has the time as configured, and the word of each severity', () => {
    const render = fileRender('%b %d %H:%M:%S ');
    assert.equal(render(login), 'Nov 04 19:27:52 imap-login: Info: Login: user=<u>\n');
    assert.equal(render(death), 'Nov 04 19:27:52 master: Warning: Killed?with\n');
    assert.equal(fileRender('')(login), 'imap-login: Info: Login: user=<u>\n');
  });
  test('mail.log and the log daemon get the instance name, and no word for info', () => {
    assert.equal(
      maillogRender('dovecot', 'mail.example.com')(login),
      'Nov 04 19:27:52 mail dovecot: imap-login: Login: user=<u>\n',
    );
    assert.equal(syslogBody('dovecot', death), 'dovecot: master: Warning: Killed?with');
  });
});
