/**
 * The beginning of a conversation: greeting, EHLO (or HELO, or LHLO), what the server offers (RFC 5321 section 3.2,
 * RFC 2033 section 4.1). Answers the features, or why this server is of no use; a broken connection throws.
 */
import type {Later} from '../../address/address-rewriter.ts';
import type {Log} from '../../log/log.ts';
import type {ClientSettings} from './client-settings.ts';
import type {Reply} from './reply-parser.ts';
import {parseFeatures, type ServerFeatures} from './server-features.ts';
import type {ServerConnection} from './server-connection.ts';
import {type Failure, oneLine, type Peer, refusal} from './session.ts';

export interface HelloContext {
  readonly settings: ClientSettings;
  readonly log: Log;
  /** The queue id, for warnings. */
  readonly id: string;
  /** Keywords of this server to overlook. */
  readonly discarded: () => Later<ReadonlySet<string>>;
  /** The workarounds for a firewall that hides the greeting; asked only when one does. */
  readonly workarounds: () => Promise<PixWorkarounds>;
  /** `mail for X loops back to myself`: only where another mail system of ours could answer, at port 25. */
  readonly loop: {readonly nexthop: string; readonly isBestMx: boolean} | undefined;
}

export interface PixWorkarounds {
  readonly disablesEsmtp: boolean;
  readonly delaysDot: boolean;
}

/** What is going on, for the texts of a broken connection. */
export interface Progress {
  where: string;
}

export type HelloResult =
  | {readonly kind: 'ready'; readonly features: ServerFeatures; readonly delaysDot: boolean}
  | {readonly kind: 'failed'; readonly failure: Failure};

const NO_WORKAROUNDS: PixWorkarounds = {disablesEsmtp: false, delaysDot: false};

/** `hasGreeting` false: TLS has just begun, and the server has nothing to say before we do. */
export async function sayHello(
  connection: ServerConnection,
  peer: Peer,
  context: HelloContext,
  progress: Progress,
  hasGreeting: boolean,
): Promise<HelloResult> {
  const {settings} = context;
  const isLmtp = settings.protocol === 'lmtp';
  let workarounds = NO_WORKAROUNDS;
  let isExtended = true;
  if (hasGreeting) {
    progress.where = 'receiving the initial server greeting';
    const reply = await connection.reply(patience(settings));
    if (Math.floor(reply.code / 100) !== 2) return {kind: 'failed', failure: refusedGreeting(peer, reply, settings)};
    if (!isLmtp) {
      if (isHidden(reply.text)) workarounds = await context.workarounds();
      isExtended = saysEsmtp(reply, peer, context);
      if (settings.alwaysSendsEhlo) isExtended = true;
      if (settings.neverSendsEhlo || workarounds.disablesEsmtp) isExtended = false;
    }
  }
  const answer = await greet(connection, peer, settings, progress, isExtended);
  if ('failure' in answer) return {kind: 'failed', failure: answer.failure};
  const features = parseFeatures(answer.reply, answer.isExtended, await noteDiscarded(answer.isExtended, context));
  if (features.hasSmtpUtf8 && !features.has8BitMime)
    context.log.info(`host ${peer.nameAddress} offers SMTPUTF8 support, but not 8BITMIME`);
  const loop = loopFailure(features.name, peer, context);
  if (loop !== undefined) return {kind: 'failed', failure: loop};
  return {kind: 'ready', features, delaysDot: workarounds.delaysDot};
}

async function greet(
  connection: ServerConnection,
  peer: Peer,
  settings: ClientSettings,
  progress: Progress,
  isExtended: boolean,
): Promise<{reply: Reply; isExtended: boolean} | {failure: Failure}> {
  const ask = async (verb: string): Promise<Reply> => {
    progress.where = `performing the ${verb} handshake`;
    connection.add(`${verb} ${settings.helloName}\r\n`);
    return await connection.reply(patience(settings));
  };
  if (settings.protocol === 'lmtp') {
    const reply = await ask('LHLO');
    if (isPositive(reply)) return {reply, isExtended: true};
    return {failure: refusedToTalk(peer, reply)};
  }
  if (isExtended) {
    const reply = await ask('EHLO');
    if (isPositive(reply)) return {reply, isExtended: true};
    if (reply.code === 421) return {failure: refusedToTalk(peer, reply)};
  }
  const reply = await ask('HELO');
  if (isPositive(reply)) return {reply, isExtended: false};
  return {failure: refusedToTalk(peer, reply)};
}

async function noteDiscarded(isExtended: boolean, {discarded, log}: HelloContext): Promise<ReadonlySet<string>> {
  const keywords = isExtended ? await discarded() : NOTHING;
  if (keywords.size > 0 && !keywords.has('SILENT-DISCARD'))
    log.info(`discarding EHLO keywords: ${[...keywords].join(' ')}`);
  return keywords;
}

const NOTHING: ReadonlySet<string> = new Set();

function patience({timeouts, hasDeadlines}: ClientSettings): {seconds: number; isDeadline: boolean} {
  return {seconds: timeouts.hello, isDeadline: hasDeadlines};
}

function isPositive(reply: Reply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

/** A greeting of 5xx is the server's, not the mail's: it is passed over, and the mail stays (smtp_skip_5xx_greeting). */
function refusedGreeting(peer: Peer, reply: Reply, settings: ClientSettings): Failure {
  const failure = refusedToTalk(peer, reply);
  if (!settings.passesOver5xxGreeting || reply.code < 500 || reply.code > 599) return failure;
  return {...failure, status: `4${failure.status.slice(1)}`};
}

function refusedToTalk(peer: Peer, reply: Reply): Failure {
  return refusal(peer, reply, `host ${peer.nameAddress} refused to talk to me: ${oneLine(reply.text)}`, true);
}

/** Cisco PIX and its kin replace the greeting's characters by asterisks. */
function isHidden(greeting: string): boolean {
  for (let i = 0; i < greeting.length; i++) if (!'20 *\t\n'.includes(greeting.charAt(i))) return false;
  return true;
}

function saysEsmtp(reply: Reply, peer: Peer, context: HelloContext): boolean {
  const [name = '', ...rest] = reply.text.slice(4).split(/[ \t\n]+/);
  const {log, loop, settings} = context;
  if (loop !== undefined && name.toLowerCase() === settings.myHostName.toLowerCase())
    log.warning(`host ${peer.relay} greeted me with my own hostname ${settings.myHostName}`);
  return rest.some(word => word.toUpperCase() === 'ESMTP');
}

function loopFailure(name: string, peer: Peer, {loop, settings, log}: HelloContext): Failure | undefined {
  if (loop === undefined || name.toLowerCase() !== settings.myHostName.toLowerCase()) return undefined;
  log.warning(`host ${peer.relay} replied to HELO/EHLO with my own hostname ${settings.myHostName}`);
  const status = loop.isBestMx ? '5.4.6' : '4.4.6';
  return {status, text: `mail for ${loop.nexthop} loops back to myself`, isOfServer: true};
}
