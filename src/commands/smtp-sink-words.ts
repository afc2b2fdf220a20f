/** The words of SMTP that smtp-sink takes apart and puts together: no state, no I/O. */
import type {Socket} from 'node:net';
import type {Stage, StagePlan} from './smtp-sink-options.ts';
import type {RuleStage} from './smtp-sink-rules.ts';

/** Rules have one stage for HELO, EHLO and LHLO, and none for XCLIENT and XFORWARD. */
export function ruleStageOf(stage: Stage): RuleStage | undefined {
  if (stage === '.') return 'end';
  if (stage === 'ehlo' || stage === 'lhlo') return 'helo';
  return stage === 'xclient' || stage === 'xforward' ? undefined : stage;
}

export function offeringTls(ehloReply: string): string {
  const end = ehloReply.lastIndexOf('250 ');
  return end > 0 ? `${ehloReply.slice(0, end)}250-STARTTLS\r\n${ehloReply.slice(end)}` : ehloReply;
}

/** The last line of a reply, stuffed to a length. */
export function longReply(usual: string, bytes: number): string {
  return `${usual.slice(0, -2)} ${'x'.repeat(bytes)}\r\n`;
}

export function manyLines(usual: string, count: number): string {
  const code = usual.slice(0, 3);
  return `${`${code}-and there is more\r\n`.repeat(count - 1)}${usual}`;
}

/** `a@b` of `FROM:<a@b> SIZE=3`. */
export function bareAddress(args: string): string {
  const address = addressPart(args);
  const end = address.indexOf('>');
  if (address.startsWith('<') && end > 0) return address.slice(1, end);
  return address.split(' ', 1)[0] ?? '';
}

/** The verb in lower case, and what comes after the spaces behind it. Spaces before it count for nothing. */
export function splitCommand(line: string): {verb: string; typed: string; args: string} {
  let begin = 0;
  while (begin < line.length && isSpace(line.charCodeAt(begin))) begin++;
  let end = begin;
  while (end < line.length && !isSpace(line.charCodeAt(end))) end++;
  let rest = end;
  while (rest < line.length && isSpace(line.charCodeAt(rest))) rest++;
  const typed = line.slice(begin, end);
  return {verb: typed.toLowerCase(), typed, args: line.slice(rest)};
}

/** What comes after the colon of `FROM:` and `TO:`; nothing without one. */
export function addressPart(args: string): string {
  const colon = args.indexOf(':');
  if (colon < 0) return '';
  let begin = colon + 1;
  while (isSpace(args.charCodeAt(begin))) begin++;
  return args.slice(begin);
}

export function clientAddress(socket: Socket): string {
  const {remoteAddress = '', remoteFamily} = socket;
  if (remoteAddress.startsWith('::ffff:')) return remoteAddress.slice('::ffff:'.length);
  return remoteFamily === 'IPv6' ? `ipv6:${remoteAddress}` : remoteAddress;
}

/** As Postfix prints what came from the net. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}

/** The fixed delay, or it times the throws of 0..99 until one reaches the odds. */
export function throwDelay({delaySeconds, delayOdds}: StagePlan): number {
  if (delayOdds === 0) return delaySeconds;
  let throws = 1;
  while (Math.random() * 100 < delayOdds) throws++;
  return delaySeconds * throws;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
