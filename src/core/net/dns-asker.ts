/**
 * Puts a question to the servers in turn, as often and as long as resolv.conf says, until one gives an answer that
 * counts. Equal questions that are on their way at the same time share one answer; no more than `MAX_UNDER_WAY` travel
 * at once, the others wait in line.
 */
import {randomInt} from 'node:crypto';
import type {DnsType} from './dns.ts';
import {askOverTcp, askOverUdp} from './dns-exchange.ts';
import {
  type DnsPacket,
  FORMAT_ERROR,
  makeQuestion,
  NO_SUCH_NAME,
  type QuestionOptions,
  readReply,
  type Reply,
  type ReplyOrNoise,
} from './dns-message.ts';
import type {DnsServer, ResolverSettings} from './resolv-conf.ts';

export type AskedReply = Reply | {readonly kind: 'malformed'} | {readonly kind: 'silence'};

const MAX_UNDER_WAY = 100;

export class DnsAsker {
  readonly #settings: () => ResolverSettings;
  readonly #underWay = new Map<string, Promise<AskedReply>>();
  readonly #waiting: (() => void)[] = [];
  #packet: DnsPacket | undefined;
  #busy = 0;
  #turn = 0;

  constructor(settings: () => ResolverSettings) {
    this.#settings = settings;
  }

  ask(name: string, type: DnsType, wantsSecure: boolean): Promise<AskedReply> {
    const key = `${type} ${wantsSecure} ${name.toLowerCase()}`;
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    const answer = this.#askInTurn(name, type, wantsSecure).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, answer);
    return answer;
  }

  async #askInTurn(name: string, type: DnsType, wantsSecure: boolean): Promise<AskedReply> {
    if (this.#busy >= MAX_UNDER_WAY) await new Promise<void>(go => this.#waiting.push(go));
    this.#busy++;
    try {
      this.#packet ??= await loadPacket();
      return await this.#askAll(this.#packet, name, type, wantsSecure);
    } finally {
      this.#busy--;
      this.#waiting.shift()?.();
    }
  }

  /** As res_send(3) goes about it: each server once, then again with more patience. */
  async #askAll(packet: DnsPacket, name: string, type: DnsType, wantsSecure: boolean): Promise<AskedReply> {
    const settings = this.#settings();
    const servers = this.#serversInTurn(settings);
    const options = {usesEdns: settings.usesEdns || wantsSecure, wantsSecure};
    let last: AskedReply = {kind: 'silence'};
    for (let attempt = 0; attempt < settings.attempts; attempt++) {
      const timeoutMs = patience(settings, attempt);
      for (const server of servers) {
        const reply = await askServer(packet, server, {name, type, options, timeoutMs, usesTcp: settings.usesTcp});
        if (reply !== undefined && counts(reply)) return reply;
        if (reply !== undefined) last = reply;
      }
      if (last.kind !== 'silence') return last; // all have answered, none with an answer
    }
    return last;
  }

  #serversInTurn({servers, rotates}: ResolverSettings): readonly DnsServer[] {
    if (!rotates || servers.length < 2) return servers;
    const first = this.#turn++ % servers.length;
    return [...servers.slice(first), ...servers.slice(0, first)];
  }
}

interface Errand {
  readonly name: string;
  readonly type: DnsType;
  readonly options: QuestionOptions;
  readonly timeoutMs: number;
  readonly usesTcp: boolean;
}

async function askServer(packet: DnsPacket, server: DnsServer, errand: Errand): Promise<ReplyOrNoise> {
  const {name, type, options, timeoutMs} = errand;
  const question = makeQuestion(packet, randomInt(0x10000), name, type, options);
  const read = (bytes: Buffer): ReplyOrNoise => readReply(packet, question, bytes);
  const exchange = errand.usesTcp ? askOverTcp : askOverUdp;
  const reply = await exchange(server, question.bytes, timeoutMs, read);
  if (reply?.kind !== 'reply') return reply;
  if (reply.isTruncated && !errand.usesTcp) return askServer(packet, server, {...errand, usesTcp: true});
  if (reply.code === FORMAT_ERROR && question.usesEdns)
    // a server from before EDNS (RFC 6891 section 7)
    return askServer(packet, server, {...errand, options: {...options, usesEdns: false}});
  return reply;
}

/** Another server may know more than one that fails or refuses. */
function counts(reply: AskedReply): boolean {
  return reply.kind === 'reply' && (reply.code === 0 || reply.code === NO_SUCH_NAME || reply.code === FORMAT_ERROR);
}

/** It doubles with each attempt, and is then shared by the servers (res_send(3)). */
function patience({timeoutSeconds, servers}: ResolverSettings, attempt: number): number {
  const seconds = attempt === 0 ? timeoutSeconds : (timeoutSeconds * 2 ** attempt) / servers.length;
  return Math.max(seconds, 1) * 1000;
}

async function loadPacket(): Promise<DnsPacket> {
  return import('dns-packet');
}
