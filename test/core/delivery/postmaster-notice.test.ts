import assert from 'node:assert/strict';
import {PostmasterNotices, type SessionTrouble} from '../../../src/core/delivery/postmaster-notice.ts';
import {Log} from '../../../src/core/log/log.ts';
import type {Submission} from '../../../src/core/queue/agent.ts';
import {plainConfig} from '../../support/plain-config.ts';

const TROUBLE: SessionTrouble = {
  classes: ['protocol'],
  program: 'SMTP server',
  peer: 'localhost[127.0.0.1]',
  transcript: [
    {direction: 'Out', text: '220 mail.example.com ESMTP Postfix'},
    {direction: 'In', text: 'RCPT TO:<u@bad.example>'},
    {
      direction: 'Out',
      text: '450 4.1.1 <u@bad.example>: Recipient address rejected: unverified address: no such place at all',
    },
    {direction: 'In', text: `${'X'.repeat(200)} long long`},
  ],
};

/** Recorded from the original. */
const BODY = `Transcript of session follows.

 Out: 220 mail.example.com ESMTP Postfix
 In:  RCPT TO:<u@bad.example>
 Out: 450 4.1.1 <u@bad.example>: Recipient address rejected: unverified
     address: no such place at all
 In:
     ${'X'.repeat(200)}
     long long


For other details, see the local mail logfile
`;

suite('notices to the postmaster', () => {
  const sent: Submission[] = [];
  const notices = (settings: Readonly<Record<string, string>>): PostmasterNotices =>
    new PostmasterNotices({
      config: plainConfig(settings),
      log: new Log('smtpd', {write: () => undefined}),
      clock: {now: () => 1_795_497_426_000},
      submitter: {
        submit: submission => {
          sent.push(submission);
          return Promise.resolve({id: 'ID'});
        },
      },
    });

  test('the transcript goes to postmaster, from double-bounce', async () => {
    await notices({notify_classes: 'resource, protocol', error_notice_recipient: 'bob'}).send(TROUBLE);
    const [submission] = sent;
    assert.ok(Buffer.isBuffer(submission?.content));
    const [head = '', ...body] = submission.content.toString('latin1').split('\n\n');
    assert.equal(body.join('\n\n'), BODY);
    assert.deepEqual(head.split('\n').slice(1), [
      'From: Mail Delivery System <MAILER-DAEMON@mail.example.com>',
      'To: Postmaster <bob>',
      'Subject: Postfix SMTP server: errors from localhost[127.0.0.1]',
    ]);
    assert.equal(submission.sender, 'double-bounce@mail.example.com');
    assert.deepEqual(submission.recipients, [{address: 'postmaster'}]);
  });

  test('classes that nobody asked for are not told', async () => {
    sent.length = 0;
    const quiet = notices({});
    assert.equal(quiet.wants(['policy', 'protocol']), false);
    assert.equal(quiet.wants(['policy', 'software']), true);
    await quiet.send(TROUBLE);
    assert.deepEqual(sent, []);
  });
});
