/** The log line of a refusal: `NOQUEUE: reject: RCPT from H[A]: 554 5.7.1 ...; from=<s> to=<r> proto=ESMTP helo=<h>`. */
import {quoteAddress} from '../message/address-syntax.ts';
import type {SmtpdState} from './smtpd-state.ts';

export function rejectLine(state: SmtpdState, stage: string, reply: string, client: string): string {
  let text = `${state.queueId ?? 'NOQUEUE'}: reject: ${stage} from ${client}: ${reply};`;
  if (state.sender !== undefined) text += ` from=<${quoteAddress(state.sender)}>`;
  if (state.recipient !== undefined) text += ` to=<${quoteAddress(state.recipient)}>`;
  text += ` proto=${state.protocol}`;
  return state.heloName === undefined ? text : `${text} helo=<${state.heloName}>`;
}
