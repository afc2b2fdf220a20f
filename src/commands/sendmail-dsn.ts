/** The values of `-N` and `-R` (RFC 3461 sections 4.1 and 4.3), with the original's words when they are wrong. */
import {NOTIFY_DELAY, NOTIFY_FAILURE, NOTIFY_NEVER, NOTIFY_SUCCESS, type ReturnContent} from '../core/queue/agent.ts';

const WORDS: ReadonlyMap<string, number> = new Map([
  ['never', NOTIFY_NEVER],
  ['success', NOTIFY_SUCCESS],
  ['failure', NOTIFY_FAILURE],
  ['delay', NOTIFY_DELAY],
]);

/** NOTIFY bits; 0, after a warning, when the value can't be used. */
export function parseNotify(value: string, complain: (text: string) => void): number {
  let bits = 0;
  for (const word of value.split(/[, \t\r\n]+/).filter(Boolean)) {
    const bit = WORDS.get(word.toLowerCase());
    if (bit === undefined) {
      complain(`warning: unknown DSN NOTIFY command value "${word}" in "${value}"`);
      bits = 0;
      break;
    }
    bits |= bit;
  }
  const isGood = bits !== 0 && (bits & NOTIFY_NEVER ? bits === NOTIFY_NEVER : true);
  if (!isGood) complain('warning: bad -N option value -- ignored');
  return isGood ? bits : 0;
}

export function parseReturn(value: string, complain: (text: string) => void): ReturnContent {
  const word = value.toLowerCase();
  if (word === 'full') return 1;
  if (word === 'hdrs') return 2;
  complain('warning: bad -R option value -- ignored');
  return 0;
}
