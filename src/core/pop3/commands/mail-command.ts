/** A command after the login. Answers whether it was right; `argument`: what follows the name and one blank. */
import type {MailPhase} from '../mail-phase.ts';

export type MailCommand = (phase: MailPhase, argument: string) => Promise<boolean> | boolean;

export interface TakenNumber {
  readonly number: number;
  /** Behind it, blanks included. */
  readonly rest: string;
}

/** Digits in front, blanks before them passed over; undefined: none. */
export function takeDigits(text: string): {readonly digits: string; readonly rest: string} | undefined {
  const trimmed = text.replace(/^ +/, '');
  const [digits = ''] = /^\d+/.exec(trimmed) ?? [];
  return digits === '' || digits.length > 15 ? undefined : {digits, rest: trimmed.slice(digits.length)};
}

/** The number of a message that is there and not deleted, in front of the argument; undefined: the client has been told. */
export function takeMessageNumber(phase: MailPhase, argument: string): TakenNumber | undefined {
  const taken = takeDigits(argument);
  const number = Number(taken?.digits);
  if (taken === undefined) phase.fail(`Invalid message number: ${argument}`);
  else if (number === 0 || number > phase.messages.count) phase.fail(`There's no message ${number}.`);
  else if (phase.messages.deleted.has(number)) phase.fail('Message is deleted.');
  else return {number, rest: taken.rest};
  return undefined;
}

/** As `takeMessageNumber`, with nothing behind it. */
export function onlyMessageNumber(phase: MailPhase, argument: string): number | undefined {
  const taken = takeMessageNumber(phase, argument);
  if (taken === undefined || taken.rest === '') return taken?.number;
  phase.fail(`Noise after message number: ${taken.rest}`);
  return undefined;
}
