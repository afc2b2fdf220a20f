/** Restrictions that fit any list: to permit, refuse or put off without looking, and those about the session as such. */
import type {Steps} from '../../address/steps.ts';
import type {Check, Status} from './check.ts';
import {permit} from './permit.ts';
import type {Restriction} from './restriction.ts';

export const generic: readonly Restriction[] = [
  {
    name: 'permit',
    endsList: true,
    check: (check, _argument, name) => permit(check, name, check.question.replyClass, check.question.replyName),
  },
  {
    name: 'reject',
    endsList: true,
    check: check => rejectQuestion(check, check.tools.config.get('reject_code'), '5.7.1', 'Access denied'),
  },
  {
    name: 'defer',
    endsList: true,
    check: check => rejectQuestion(check, check.tools.config.get('defer_code'), '4.3.2', 'Try again later'),
  },
  {
    name: 'defer_if_permit',
    check: check => check.deferOnPermit(450, '4.7.0', asked(check, 'defer_if_permit')),
  },
  {
    name: 'defer_if_reject',
    check: check => check.deferOnReject(450, '4.7.0', asked(check, 'defer_if_reject')),
  },
  {name: 'sleep', takes: 'seconds', check: (check, seconds) => sleep(check, Number(seconds))},
  {
    name: 'reject_unauth_pipelining',
    check(check) {
      if (check.state.hasPipelined !== true) return 'dunno';
      const {replyName, replyClass} = check.question;
      const reason = 'Improper use of SMTP command pipelining';
      return check.reject('protocol', 503, '5.5.0', `<${replyName}>: ${replyClass} rejected: ${reason}`);
    },
  },
  {
    name: 'reject_plaintext_session',
    check(check) {
      if (check.state.tls !== undefined) return 'dunno';
      const code = check.tools.config.get('plaintext_reject_code');
      return check.reject('policy', code, '4.7.1', 'Session encryption is required');
    },
  },
  {
    name: 'reject_multi_recipient_bounce',
    check(check) {
      const {sender, recipientCount, stage} = check.state;
      if (sender !== '' || recipientCount <= (stage === 'RCPT' ? 0 : 1)) return 'dunno';
      const code = check.tools.config.get('multi_recipient_bounce_reject_code');
      return rejectQuestion(check, code, '5.5.3', 'Multi-recipient bounce');
    },
  },
];

function rejectQuestion(check: Check, code: number, status: string, reason: string): Status {
  const {replyName, replyClass} = check.question;
  return check.rejectNamed(code, status, replyName, replyClass, reason);
}

function asked(check: Check, name: string): string {
  const {replyName, replyClass} = check.question;
  return `<${replyName}>: ${replyClass} rejected: ${name} requested`;
}

function* sleep(check: Check, seconds: number): Steps<Status> {
  yield check.tools.pause(seconds);
  return 'dunno';
}
